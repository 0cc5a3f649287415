#include <gtest/gtest.h>

#include <numeric>

#include "inspector/small_shop.hpp"

namespace batpak::inspector {
namespace {

using nlohmann::json;

TEST(InspectorState, MergesPayloadsAndTheNewestWins) {
    SmallShop shop;
    const json last = parsed(answer_state(shop.store(), with({{"entity", "order:4"}})));
    EXPECT_EQ(last["state"], (json{{"cents", 400}, {"by", "post"}}));
    EXPECT_EQ(last["set_by"], (json{{"cents", 6}, {"by", 7}}));
    EXPECT_EQ(last["version"], 1);
    const json first =
        parsed(answer_state(shop.store(), with({{"entity", "order:4"}, {"version", "0"}})));
    EXPECT_EQ(first["state"], (json{{"cents", 400}, {"by", "ada"}}));
    EXPECT_EQ(first["last_version"], 1);
}

TEST(InspectorState, CountsPayloadsThatAreNoMaps) {
    SmallShop shop(1);
    const Coordinate order = Coordinate::create("order:0", "north").value();
    (void)shop.store().append(order, SmallShop::kSent, json("text")).value();
    (void)shop.store().append_raw(order, SmallShop::kSent, Bytes{std::byte{0xC1}}, {}).value();
    const json state = parsed(answer_state(shop.store(), with({{"entity", "order:0"}})));
    EXPECT_EQ(state["events"], 4);
    EXPECT_EQ(state["passed_over"], 2);
    EXPECT_EQ(state["state"]["by"], "post");
}

// Goal: a state is bounded, says that it was cut, and shows no value that is not the newest.
// Method: members that fit, one that no longer does, one that is small again, and a payload that is
// too large to be decoded.
TEST(InspectorState, LeavesOutWhatWouldNotFit) {
    SmallShop shop(0);
    const Coordinate one = Coordinate::create("e", "s").value();
    const auto append = [&](const json& payload) {
        (void)shop.store().append(one, SmallShop::kPlaced, payload).value();
    };
    const auto state = [&] { return parsed(answer_state(shop.store(), with({{"entity", "e"}}))); };
    const std::string large(kStateBytesMax / 2 - 1000, 'x');
    append({{"a", 1}, {"b", large}, {"c", large}});
    EXPECT_EQ(state()["is_cut"], false);
    append({{"a", large}});
    const json cut = state();
    EXPECT_EQ(cut["is_cut"], true);
    EXPECT_EQ(cut["state"], (json{{"b", large}, {"c", large}}));
    EXPECT_EQ(cut["set_by"], (json{{"b", 0}, {"c", 0}}));
    append({{"a", 2}, {"b", 3}});
    EXPECT_EQ(state()["state"], (json{{"a", 2}, {"b", 3}, {"c", large}}));
    append({{"c", std::string(kPayloadBytesInPage, 'x')}, {"d", 4}});
    EXPECT_EQ(state()["state"], (json{{"a", 2}, {"b", 3}}));
    EXPECT_EQ(state()["is_cut"], true);
    append({{"c", 5}});
    EXPECT_EQ(state()["state"], (json{{"a", 2}, {"b", 3}, {"c", 5}}));
}

TEST(InspectorState, BoundsTheNamesOfItsMembers) {
    SmallShop shop(0);
    const Coordinate one = Coordinate::create("e", "s").value();
    for (int i = 0; i < 40; ++i) {
        json payload;
        for (int k = 0; k < 1000; ++k) {
            payload["member " + std::to_string(1000 * i + k) + std::string(40, '-')] = 0;
        }
        (void)shop.store().append(one, SmallShop::kPlaced, payload).value();
    }
    const json answer = parsed(answer_state(shop.store(), with({{"entity", "e"}})));
    EXPECT_EQ(answer["is_cut"], true);
    EXPECT_LT(answer.dump().size(), 3 * kStateBytesMax);
}

TEST(InspectorState, RefusesWhatIsNotThere) {
    SmallShop shop;
    EXPECT_EQ(answer_state(shop.store(), with({})).error().code(), ErrorCode::InvalidArgument);
    EXPECT_EQ(answer_state(shop.store(), with({{"entity", "nobody"}})).error().code(),
              ErrorCode::EventNotFound);
    EXPECT_FALSE(answer_state(shop.store(), with({{"entity", "order:4"}, {"version", "2"}})));
}

// Each event lies in exactly one bucket, however many there are.
TEST(InspectorSeries, CountsEachEventOnce) {
    SmallShop shop(50);
    const std::vector<std::pair<Parameters::Pairs, std::uint64_t>> filters = {
        {{}, 75}, {{{"kind", "Sent"}}, 25}, {{{"scope", "south"}}, 25}, {{{"from", "70"}}, 5}};
    for (const auto& [filter, expected] : filters) {
        for (const int buckets : {1, 2, 7, 400}) {
            Parameters::Pairs pairs = filter;
            pairs.emplace("buckets", std::to_string(buckets));
            const json series = parsed(answer_series(shop.store(), with(pairs)));
            const auto counts = series["counts"].get<std::vector<std::uint64_t>>();
            EXPECT_EQ(counts.size(), static_cast<std::size_t>(buckets));
            EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}), expected);
        }
    }
    EXPECT_FALSE(answer_series(shop.store(), with({{"buckets", "0"}})));
    EXPECT_FALSE(answer_series(shop.store(), with({{"buckets", "401"}})));
}

}  // namespace
}  // namespace batpak::inspector
