#include <gtest/gtest.h>

#include <random>

#include "inspector/small_shop.hpp"
#include "support/seeds.hpp"
#include "tool/events/event_members.hpp"
#include "tool/questions/moment.hpp"

namespace batpak::inspector {
namespace {

using nlohmann::json;

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
                EXPECT_EQ(answer["more_than"], json::array());
                EXPECT_EQ(answer["is_cut"], false);
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

// Goal: a filter that only events can answer costs no more than a bounded read, and says so.
// Method: a beginning of more names than the index merges, and so many events that not all of them
// are counted. Page after page, and row after row, they are those of the naive list.
TEST(InspectorEvents, OfAFilterThatNoIndexKnowsAreReadPieceByPiece) {
    SmallShop shop(1);
    for (std::uint64_t i = 0; i < kCountedMax + 10; ++i) shop.add_lone_event();
    const std::uint64_t end = shop.store().visible_end().value;
    const json rows = parsed(answer_rows(
        shop.store(), with({{"entity_prefix", "lone:"}, {"start", "99998"}, {"count", "9"}})));
    EXPECT_EQ(rows["more_than"], (json{"total"}));
    EXPECT_EQ(rows["total"], kCountedMax);
    EXPECT_EQ(rows["counted_from"], end - kCountedMax);
    EXPECT_EQ(sequences_of(rows["events"]), (std::vector<std::uint64_t>{end - 2, end - 1}));
    const json series =
        parsed(answer_series(shop.store(), with({{"entity_prefix", "lone:"}, {"buckets", "1"}})));
    EXPECT_EQ(series["counts"], (json{kCountedMax}));
    EXPECT_EQ(series["counted_from"], end - kCountedMax);
    // Names of the newest events alone: the first page has looked at none of them.
    for (int i = 0; i < 4200; ++i) shop.add_lone_event("late:");
    const Parameters::Pairs late = {{"entity_prefix", "late:"}, {"limit", "1000"}};
    const json first = parsed(answer_events(shop.store(), with(late)));
    EXPECT_EQ(first["events"].size(), 0U);
    EXPECT_EQ(first["next"], kScannedMax);
    const tool::KindNames names(shop.store());
    const auto all =
        naive(shop.store(), with(late).filter()->to_region(tool::now_us(), names).value());
    for (const std::string dir : {"forward", "backward"}) {
        Parameters::Pairs pairs = late;
        pairs.emplace("dir", dir);
        std::vector<std::uint64_t> found;
        for (int page = 0; page < 100; ++page) {
            const json answer = parsed(answer_events(shop.store(), with(pairs)));
            for (const json& event : answer["events"]) found.push_back(event["sequence"]);
            if (!answer.contains("next")) break;
            const std::string bound = dir == "forward" ? "from" : "before";
            pairs.erase(bound);
            pairs.emplace(bound, std::to_string(answer["next"].get<std::uint64_t>()));
        }
        if (dir == "backward") std::ranges::reverse(found);
        EXPECT_EQ(found, all) << dir;
    }
}

TEST(InspectorEvents, EndWhereTheAnswerWouldBeTooLarge) {
    SmallShop shop(0);
    const Coordinate coordinate = Coordinate::create("e", "s").value();
    // In a list as 16 KiB of escapes each.
    const json payload = std::string(kPayloadBytesInList - 3, '\x01');
    for (int i = 0; i < 500; ++i) {
        (void)shop.store().append(coordinate, SmallShop::kPlaced, payload).value();
    }
    const json rows = parsed(answer_rows(shop.store(), with({{"count", "500"}})));
    ASSERT_EQ(rows["is_cut"], true);
    const std::size_t got = rows["events"].size();
    EXPECT_GT(got, 100U);
    EXPECT_LT(got, 500U);
    EXPECT_LT(rows.dump().size(), kAnswerBytesMax + 100'000);
    const json rest =
        parsed(answer_rows(shop.store(), with({{"count", "500"}, {"start", std::to_string(got)}})));
    EXPECT_EQ(rest["events"][0]["sequence"], got);
    const json page = parsed(answer_events(shop.store(), with({{"limit", "500"}})));
    EXPECT_EQ(page["next"], page["events"].size());
}

TEST(InspectorEvents, HaveTheMembersOfTheTool) {
    SmallShop shop;
    const tool::KindNames names(shop.store());
    const HeldEvent event = shop.store().find(Sequence(1)).value();
    const json answer = parsed(answer_event(shop.store(), "1", with({{"check_hash", "1"}})));
    EXPECT_EQ(answer["event"], json::parse(tool::event_json(*event, names, false)));
    EXPECT_EQ(answer["hash_checked"], true);
    const json by_id = parsed(answer_event(shop.store(), to_string(event->event_id()), with({})));
    EXPECT_EQ(by_id["event"], answer["event"]);
    EXPECT_EQ(answer_event(shop.store(), "15", with({})).error().code(), ErrorCode::EventNotFound);
    EXPECT_EQ(answer_event(shop.store(), "x", with({})).error().code(), ErrorCode::InvalidArgument);
    EXPECT_FALSE(answer_event(shop.store(), "1", with({{"check_hash", "yes"}})));
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
