// Goal:   each sentence of the specification of dynamic consistency boundaries (dcb.events) that
//         says MUST, SHOULD or MAY holds of a store. The guide's table, guide/src/do/tags.md, names
//         these tests.
// Method: one test for each, by example. That the same holds whatever the log and the query, the
//         tests of regions and histories show.
#include <gtest/gtest.h>

#include <set>

#include "support/store/store_fixture.hpp"

namespace batpak::testing {
namespace {

using Sequences = std::vector<std::uint64_t>;

constexpr EventKind kOne = EventKind::custom(0x1, 1);
constexpr EventKind kTwo = EventKind::custom(0x1, 2);
constexpr EventKind kThree = EventKind::custom(0x1, 3);

struct Dcb : StoreFixture {
    Dcb() {
        add(kOne, {});                          // 0
        add(kTwo, {"tag1"});                    // 1
        add(kThree, {"tag1", "tag2"});          // 2
        add(kTwo, {"tag1", "tag3"});            // 3
        add(kThree, {"tag2", "tag3"});          // 4
        add(kThree, {"tag1", "tag2", "tag3"});  // 5
    }
    void add(EventKind type, const std::vector<std::string>& tags) {
        store.append_raw(alice, type, payload, {.tags = tags}).value();
    }
    Sequences read(const Region& query, const QueryOptions& options = {}) const {
        Sequences found;
        for (const auto& event : store.query(query, options))
            found.push_back(event->sequence().value);
        return found;
    }
    ErrorCode append_if_none(const Region& query, Sequence seen_end = {}) {
        const AppendCondition condition{query, seen_end};
        return code_of(store.append_raw(bob, kOne, payload, {.condition = condition}));
    }

    Store store = open();
};

// ---- reading

TEST_F(Dcb, FiltersByTypeAndByTag) {
    EXPECT_EQ(read(Region::kinds({kTwo})), (Sequences{1, 3}));
    EXPECT_EQ(read(Region::tag("tag2")), (Sequences{2, 4, 5}));
    EXPECT_EQ(read(Region::kinds({kTwo}).with_tag("tag3")), (Sequences{3}));
    EXPECT_EQ(read(Region::tag("none")), Sequences{});
}

TEST_F(Dcb, ReadsFromAPosition) {
    EXPECT_EQ(read(Region::tag("tag1"), {.from = Sequence(3)}), (Sequences{3, 5}));
}

TEST_F(Dcb, ReadsInEitherOrderAndAsManyAsAskedFor) {
    const QueryOptions last_two{.direction = Direction::Backward, .limit = 2};
    EXPECT_EQ(read(Region::tag("tag1"), last_two), (Sequences{5, 3}));
}

// ---- queries

TEST_F(Dcb, AQueryIsAnyOfItsItemsOrAll) {
    EXPECT_EQ(read(Region::all()), (Sequences{0, 1, 2, 3, 4, 5}));
    EXPECT_EQ(read(Region::kinds({kOne}) | Region::tag("tag3")), (Sequences{0, 3, 4, 5}));
    // The example of the specification.
    EXPECT_EQ(read(Region::kinds({kOne, kTwo}) | Region::tags({"tag1", "tag2"}) |
                   Region::kinds({kTwo, kThree}).with_tags({"tag1", "tag3"})),
              (Sequences{0, 1, 2, 3, 5}));
}

TEST_F(Dcb, AnItemTakesOneOfItsTypes) {
    EXPECT_EQ(read(Region::kinds({kOne, kTwo})), (Sequences{0, 1, 3}));
}

TEST_F(Dcb, AnItemTakesAllOfItsTags) {
    EXPECT_EQ(read(Region::tags({"tag1", "tag3"})), (Sequences{3, 5}));
    EXPECT_EQ(read(Region::tags({"tag1", "tag2", "tag3"})), (Sequences{5}));
}

// ---- events

TEST_F(Dcb, ASequencedEventHasItsPositionAndAllOfItsEvent) {
    AppendOptions options{.tags = {"b", "a"}};
    ASSERT_TRUE(options.metadata.set("user", "carol"));
    const AppendReceipt receipt = store.append_raw(alice, kTwo, as_bytes("data"), options).value();
    const HeldEvent event = store.find(receipt.sequence).value();
    EXPECT_EQ(event->sequence(), receipt.sequence);
    EXPECT_EQ(event->kind(), kTwo);
    EXPECT_EQ(as_text(event->payload), "data");
    std::vector<std::string_view> tags;
    for (const std::string_view tag : event->tags()) tags.push_back(tag);
    EXPECT_EQ(tags, (std::vector<std::string_view>{"a", "b"}));
    EXPECT_EQ(event->metadata()->get("user"), "carol");
    EXPECT_EQ(event->header.event_id, receipt.event_id);
    EXPECT_EQ(event->hash, receipt.hash);
    EXPECT_TRUE(store.find(Sequence(0)).value()->tags().empty());
}

TEST_F(Dcb, PositionsAreUniqueAndGrowWithoutGaps) {
    std::uint64_t next = 0;
    for (const std::uint64_t sequence : read(Region::all())) EXPECT_EQ(sequence, next++);
    EXPECT_EQ(store.append(alice, Moved{}).value().sequence, Sequence(next));
}

TEST_F(Dcb, NoTagStandsTwice) {
    EXPECT_EQ(code_of(store.append(alice, Moved{}, {.tags = {"a", "a"}})), ErrorCode::InvalidTags);
}

TEST_F(Dcb, ATagIsNotLookedInto) {
    add(kOne, {"product:123", "product", "123"});
    EXPECT_EQ(read(Region::tag("product:123")), (Sequences{6}));
    EXPECT_EQ(read(Region::tag("product:12")), Sequences{});
}

// ---- writing

TEST_F(Dcb, EventsAreStoredTogetherOrNotAtAll) {
    BatchBuilder both;
    both.add(alice, kOne, Bytes(), {.tags = {"x"}});
    both.add(bob, kTwo, Bytes(), {.tags = {"x"}});
    EXPECT_EQ(both.items().size(), 2U);  // they can be gone through
    ASSERT_TRUE(store.append_batch(std::move(both)));
    EXPECT_EQ(read(Region::tag("x")), (Sequences{6, 7}));
    BatchBuilder refused;
    refused.add(alice, kOne, Bytes(), {.tags = {"x"}});
    refused.add(bob, kTwo, Bytes(), {.tags = {""}});
    EXPECT_FALSE(store.append_batch(std::move(refused)));
    EXPECT_EQ(read(Region::tag("x")), (Sequences{6, 7}));
}

TEST_F(Dcb, NoEventsAreNoAppend) {
    EXPECT_TRUE(store.append_batch(BatchBuilder()).value().empty());
    EXPECT_EQ(store.visible_end(), Sequence(6));
}

TEST_F(Dcb, AnAppendFailsIfAnEventMatchesItsCondition) {
    EXPECT_EQ(append_if_none(Region::tags({"tag1", "tag3"}).with_kinds({kTwo})),
              ErrorCode::ConditionConflict);
    EXPECT_EQ(append_if_none(Region::tag("none") | Region::kinds({kThree})),
              ErrorCode::ConditionConflict);
    EXPECT_EQ(append_if_none(Region::all()), ErrorCode::ConditionConflict);
    EXPECT_EQ(store.visible_end(), Sequence(6));  // nothing was stored
    EXPECT_EQ(append_if_none(Region::tags({"tag3"}).with_kinds({kOne})), ErrorCode{});
}

TEST_F(Dcb, AConditionIgnoresWhatStandsBeforeItsPosition) {
    const Region query = Region::tags({"tag1", "tag3"});  // of events 3 and 5
    EXPECT_EQ(append_if_none(query, Sequence(5)), ErrorCode::ConditionConflict);
    EXPECT_EQ(append_if_none(query, Sequence(6)), ErrorCode{});
    // The position may lie behind the last event of the query.
    EXPECT_EQ(append_if_none(query, store.visible_end()), ErrorCode{});
    add(kOne, {"tag1", "tag3"});
    EXPECT_EQ(append_if_none(query, Sequence(6)), ErrorCode::ConditionConflict);
}

TEST_F(Dcb, AConditionWithoutAPositionIgnoresNothing) {
    EXPECT_EQ(append_if_none(Region::tag("tag1")), ErrorCode::ConditionConflict);
    EXPECT_EQ(append_if_none(Region::tag("never")), ErrorCode{});
}

}  // namespace
}  // namespace batpak::testing
