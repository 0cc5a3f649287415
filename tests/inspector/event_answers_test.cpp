#include <gtest/gtest.h>

#include <random>

#include "inspector/small_shop.hpp"
#include "support/seeds.hpp"
#include "tool/events/event_members.hpp"
#include "tool/questions/moment.hpp"

namespace batpak::inspector {
namespace {

using nlohmann::json;

Parameters with(Parameters::Pairs pairs) { return Parameters(std::move(pairs)); }

// The oracle: every event that the region contains, read one after another.
std::vector<std::uint64_t> naive(const StoreReads& store, const Region& region) {
    std::vector<std::uint64_t> sequences;
    for (const auto& event : store.query(Region::all())) {
        if (region.contains(event->facts())) sequences.push_back(event->sequence().value);
    }
    return sequences;
}

std::vector<std::uint64_t> sequences_of(const json& events) {
    std::vector<std::uint64_t> sequences;
    for (const json& event : events) sequences.push_back(event["sequence"]);
    return sequences;
}

// Goal: row numbers mean the same as counting by hand, for every window of some filters.
// Method: all starts and all lengths up to the end and beyond, against a naive list.
TEST(InspectorEvents, RowsAreTheNthEventsOfAFilter) {
    SmallShop shop;
    const std::vector<Parameters::Pairs> filters = {
        {},
        {{"scope", "north"}},
        {{"kind", "Sent"}},
        {{"kind", "0x4001"}, {"from", "3"}},
        {{"entity_prefix", "order:"}, {"before", "7"}},
        {{"entity", "order:4"}},
        {{"entity", "nobody"}},
    };
    const tool::KindNames names(shop.store());
    for (const Parameters::Pairs& filter : filters) {
        const Region region = with(filter).filter()->to_region(tool::now_us(), names).value();
        const std::vector<std::uint64_t> all = naive(shop.store(), region);
        for (std::size_t start = 0; start <= all.size() + 1; ++start) {
            for (std::size_t count = 0; count <= all.size() + 1; ++count) {
                Parameters::Pairs pairs = filter;
                pairs.emplace("start", std::to_string(start));
                pairs.emplace("count", std::to_string(count));
                const json answer = parsed(answer_rows(shop.store(), with(pairs)));
                const std::size_t begin = std::min(start, all.size());
                const std::size_t end = std::min(begin + count, all.size());
                EXPECT_EQ(answer["total"], all.size());
                ASSERT_EQ(
                    sequences_of(answer["events"]),
                    std::vector<std::uint64_t>(all.begin() + static_cast<std::ptrdiff_t>(begin),
                                               all.begin() + static_cast<std::ptrdiff_t>(end)));
            }
        }
    }
}

TEST(InspectorEvents, AnExpressionHasNoRows) {
    SmallShop shop;
    EXPECT_FALSE(answer_rows(shop.store(), with({{"where", "payload.cents > 1"}})));
    EXPECT_FALSE(answer_rows(shop.store(), with({{"count", "1001"}})));
}

TEST(InspectorEvents, PagesOfAnExpressionAreAllThatItKeeps) {
    SmallShop shop;
    for (const std::string dir : {"forward", "backward"}) {
        std::vector<std::uint64_t> found;
        Parameters::Pairs pairs = {{"where", "payload.cents >= 300"}, {"dir", dir}, {"limit", "2"}};
        for (int page = 0; page < 20; ++page) {
            const json answer = parsed(answer_events(shop.store(), with(pairs)));
            for (const json& event : answer["events"]) found.push_back(event["sequence"]);
            if (!answer.contains("next")) break;
            const std::string bound = dir == "forward" ? "from" : "before";
            pairs.erase(bound);
            pairs.emplace(bound, std::to_string(answer["next"].get<std::uint64_t>()));
        }
        if (dir == "backward") std::ranges::reverse(found);
        EXPECT_EQ(found, (std::vector<std::uint64_t>{5, 6, 8, 9, 11, 12, 14})) << dir;
    }
}

TEST(InspectorEvents, HaveTheMembersOfTheTool) {
    SmallShop shop;
    const tool::KindNames names(shop.store());
    const HeldEvent event = shop.store().at(Sequence(1)).value();
    const json answer = parsed(answer_event(shop.store(), "1", with({{"check_hash", "1"}})));
    EXPECT_EQ(answer["event"], json::parse(tool::event_json(*event, names, false)));
    EXPECT_EQ(answer["hash_checked"], true);
    const json by_id = parsed(answer_event(shop.store(), to_string(event->event_id()), with({})));
    EXPECT_EQ(by_id["event"], answer["event"]);
    EXPECT_EQ(answer_event(shop.store(), "15", with({})).error().code(), ErrorCode::EventNotFound);
    EXPECT_EQ(answer_event(shop.store(), "x", with({})).error().code(), ErrorCode::InvalidArgument);
}

TEST(InspectorEvents, SayHowLongALargePayloadIsInstead) {
    SmallShop shop(0);
    const Coordinate coordinate = Coordinate::create("e", "s").value();
    for (const std::size_t bytes : {kPayloadBytesInList, kPayloadBytesInList + 1}) {
        (void)shop.store()
            .append_raw(coordinate, SmallShop::kPlaced, Bytes(bytes, std::byte{0}), {})
            .value();
    }
    const json events = parsed(answer_rows(shop.store(), with({})))["events"];
    EXPECT_TRUE(events[0].contains("payload"));
    EXPECT_FALSE(events[1].contains("payload"));
    EXPECT_EQ(events[1]["payload_bytes"], kPayloadBytesInList + 1);
    EXPECT_TRUE(parsed(answer_event(shop.store(), "1", with({})))["event"].contains("payload"));
}

TEST(InspectorEvents, LinkCauseAndEffects) {
    SmallShop shop;
    const json placed = parsed(answer_links(shop.store(), "0", with({})));
    EXPECT_FALSE(placed.contains("previous"));
    EXPECT_FALSE(placed.contains("cause"));
    EXPECT_EQ(placed["next"]["sequence"], 1);
    ASSERT_EQ(placed["effects"].size(), 1U);
    EXPECT_EQ(placed["effects"][0]["kind"], "Sent");
    EXPECT_EQ(placed["effects_count"], 1);
    EXPECT_EQ(placed["story_events"], 2);
    const json sent = parsed(answer_links(shop.store(), "1", with({})));
    EXPECT_EQ(sent["cause"]["sequence"], 0);
    EXPECT_EQ(sent["previous"]["sequence"], 0);
    EXPECT_FALSE(sent.contains("next"));
}

}  // namespace
}  // namespace batpak::inspector
