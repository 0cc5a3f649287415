#include <gtest/gtest.h>

#include <numeric>

#include "inspector/small_shop.hpp"

namespace batpak::inspector {
namespace {

using nlohmann::json;

Parameters with(Parameters::Pairs pairs) { return Parameters(std::move(pairs)); }

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
