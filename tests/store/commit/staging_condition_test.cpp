// Goal:   a condition is judged on the log as it is when the event is placed, also on streams that
//         are only read, and names the first event that it forbids (INV C1). What says that it saw
//         an event that was not there to be seen is refused.
// Method: logs of events of three streams, two scopes and two kinds; every condition of a list of
//         regions behind every sequence, and behind some that are not there, beside a list of
//         events. What is appended under a
//         condition that holds expects an impossible version, so that the log stays as it is, and
//         the order of the checks shows: condition, then version.
#include <gtest/gtest.h>

#include <algorithm>

#include "batpak/testing/environment.hpp"
#include "store/frame/segment_header.hpp"
#include "support/store/naive_log.hpp"
#include "support/store/one_group.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::staging_condition_test {
namespace {

using testing::code_of;
using testing::GroupAnswer;
using testing::GroupEvent;
using testing::GroupItem;
using testing::NaiveLog;
using testing::OneGroup;

const EventKind kFirst = EventKind::custom(1, 1);
const EventKind kSecond = EventKind::custom(2, 1);
constexpr std::size_t kEvents = 40;

GroupItem event(std::size_t number) {
    const char* const entities[] = {"a", "b", "ab"};
    const char* const scopes[] = {"s", "t"};
    return {.events = {{.coordinate = Coordinate::create(entities[number * number % 3],
                                                         scopes[number / 3 % 2])
                                          .value(),
                        .kind = number % 5 < 3 ? kFirst : kSecond,
                        .payload = std::string(number * 13 % 700, '.')}},
            .whole_key = {},
            .condition = {}};
}

std::vector<Region> regions() {
    return {Region::none(),
            Region::all(),
            Region::entity("a"),
            Region::entity("b"),
            Region::entity("nobody"),
            Region::entity_prefix("a"),
            Region::scope("t"),
            Region::scope("s").with_kinds({kSecond}),
            Region::entity("ab").with_kinds({kSecond}),
            Region::entity("a") | Region::entity("b"),
            Region::entity("a").with_kinds({kSecond}) | Region::scope("t").with_kinds({kFirst}),
            Region::all().with_sequences(Sequence(20), Sequence(25))};
}

class Conditions : public ::testing::Test {
protected:
    void append(std::size_t begin, std::size_t end) {
        std::vector<GroupItem> items;
        for (std::size_t i = begin; i < end; ++i) items.push_back(event(i));
        const auto answers = OneGroup(engine_).commit(items);
        for (std::size_t i = begin; i < end; ++i) {
            const GroupEvent& made = items[i - begin].events[0];
            log_.events.push_back({.entity = made.coordinate.entity(),
                                   .scope = made.coordinate.scope(),
                                   .kind = made.kind,
                                   .receipt = answers[i - begin].value()[0],
                                   .correlation_id = {},
                                   .causation_id = {},
                                   .payload = made.payload});
        }
    }

    // The answer must name the first of the first `end` events that the condition forbids, of which
    // `seen_end` were visible when the group was formed.
    void expect(const AppendCondition& condition, std::size_t seen_end, std::size_t end,
                const GroupAnswer& answer) {
        SCOPED_TRACE(to_string(condition.none_match) + " from " + to_string(condition.seen_end));
        if (condition.seen_end.value > seen_end) {
            ASSERT_EQ(code_of(answer), ErrorCode::InvalidArgument);
            ASSERT_EQ(answer.error().sequence(), condition.seen_end);
            return;
        }
        std::vector<std::uint64_t> matches = log_.query(condition.none_match, end);
        std::erase_if(matches,
                      [&](std::uint64_t match) { return match < condition.seen_end.value; });
        ASSERT_EQ(code_of(answer),
                  matches.empty() ? ErrorCode::VersionConflict : ErrorCode::ConditionConflict);
        if (matches.empty()) return;
        ASSERT_EQ(answer.error().sequence(), Sequence(matches[0]));
    }

    static GroupItem probe(const AppendCondition& condition) {
        return {.events = {{.coordinate = testing::coordinate_of("only written"),
                            .expect = ExpectedVersion::exactly(99)}},
                .whole_key = {},
                .condition = condition};
    }

    static std::vector<AppendCondition> conditions() {
        std::vector<AppendCondition> all;
        for (const Region& region : regions()) {
            for (std::uint64_t end = 0; end <= kEvents + 2; ++end)
                all.push_back({region, Sequence(end)});
            for (const std::uint64_t far : {UINT64_MAX - 1, UINT64_MAX})
                all.push_back({region, Sequence(far)});
        }
        return all;
    }

    void ask_all() {
        for (const AppendCondition& condition : conditions())
            expect(condition, kEvents, kEvents, OneGroup(engine_).commit({probe(condition)})[0]);
    }

    StoreConfig config_ = StoreConfig("data")
                              .with_environment(testing::memory_environment())
                              .with_segment_bytes(4096);
    std::shared_ptr<store::Engine> engine_ = store::Engine::open(config_).value();
    NaiveLog log_;
};

TEST_F(Conditions, NameTheFirstEventThatTheyForbid) {
    append(0, kEvents);
    ask_all();
    EXPECT_EQ(engine_->side()->ends().visible(), Sequence(kEvents));
}

TEST_F(Conditions, SeeWhatWasThereBeforeTheStoreWasOpened) {
    append(0, kEvents);
    ASSERT_TRUE(engine_->close());
    engine_ = store::Engine::open(config_).value();
    ask_all();
}

// The last events are in the same group as the appends that they forbid.
TEST_F(Conditions, SeeWhatIsBeforeThemInTheirGroup) {
    constexpr std::size_t kAlone = kEvents - 4;
    append(0, kAlone);
    std::uint64_t end = kAlone;  // of the log, as the answers tell
    std::vector<GroupItem> items;
    for (std::size_t i = kAlone; i < kEvents; ++i) items.push_back(event(i));
    const std::vector<AppendCondition> all = conditions();
    for (const AppendCondition& condition : all) items.push_back(probe(condition));
    const auto answers = OneGroup(engine_).commit(items);
    for (std::size_t i = kAlone; i < kEvents; ++i) {
        const GroupEvent& made = items[i - kAlone].events[0];
        ASSERT_TRUE(answers[i - kAlone]);
        EXPECT_EQ((*answers[i - kAlone])[0].sequence, Sequence(end++));
        log_.events.push_back({.entity = made.coordinate.entity(),
                               .scope = made.coordinate.scope(),
                               .kind = made.kind,
                               .receipt = (*answers[i - kAlone])[0],
                               .correlation_id = {},
                               .causation_id = {},
                               .payload = made.payload});
    }
    for (std::size_t i = 0; i < all.size(); ++i) expect(all[i], kAlone, kEvents, answers[4 + i]);
}

struct ConditionalAppend : testing::StoreFixture {};

// The usual loop: read, decide, append on condition that nothing came between.
TEST_F(ConditionalAppend, HoldsUntilARivalAppends) {
    Store store = open();
    const auto seat = Region::scope("room:dungeon");
    ASSERT_TRUE(store.append_raw(bob, kind, payload));
    AppendOptions options;
    options.condition = AppendCondition{seat, store.visible_end()};
    const auto mine = store.append_raw(alice, kind, payload, options);
    ASSERT_TRUE(mine);
    const auto rival = store.append_raw(bob, kind, payload, options);
    ASSERT_EQ(code_of(rival), ErrorCode::ConditionConflict);
    EXPECT_EQ(rival.error().sequence(), mine->sequence);
    options.condition->seen_end = store.visible_end();
    EXPECT_TRUE(store.append_raw(bob, kind, payload, options));
}

TEST_F(ConditionalAppend, IsJudgedBeforeTheVersionAndWithIt) {
    Store store = open();
    ASSERT_TRUE(store.append_raw(alice, kind, payload));
    const auto append = [&](bool condition_holds, bool version_holds) {
        AppendOptions options;
        options.condition = AppendCondition{Region::entity("player:alice")};
        if (condition_holds) options.condition->seen_end = Sequence(1);
        options.expect = version_holds ? ExpectedVersion::none() : ExpectedVersion::exists();
        return code_of(store.append_raw(bob, kind, payload, options));
    };
    EXPECT_EQ(append(false, false), ErrorCode::ConditionConflict);
    EXPECT_EQ(append(false, true), ErrorCode::ConditionConflict);
    EXPECT_EQ(append(true, false), ErrorCode::VersionConflict);
    EXPECT_EQ(append(true, true), ErrorCode{});
    EXPECT_EQ(store.visible_end(), Sequence(2));
}

TEST_F(ConditionalAppend, OfABatchIsJudgedOnceBeforeItsItems) {
    Store store = open();
    const auto append = [&](const BatchOptions& options) {
        BatchBuilder batch;
        batch.add(alice, kind, Bytes(1));
        batch.add(alice, kind, Bytes(1));
        return store.append_batch(std::move(batch), options);
    };
    BatchOptions options;
    options.condition = AppendCondition{Region::entity("player:alice")};
    ASSERT_TRUE(append(options));  // its own items do not count
    const auto refused = append(options);
    ASSERT_EQ(code_of(refused), ErrorCode::ConditionConflict);
    EXPECT_EQ(refused.error().sequence(), Sequence(0));
    EXPECT_EQ(refused.error().stage(), BatchStage::Validation);
    EXPECT_EQ(refused.error().item(), std::nullopt);
    EXPECT_EQ(store.visible_end(), Sequence(2));
}

// Every way to append under a condition that says it saw all events below `seen_end`.
struct SeenTooFar : testing::StoreFixture {
    void expect_refused(Store& store, Sequence seen_end) {
        SCOPED_TRACE(seen_end.value);
        const Sequence end = store.visible_end();
        AppendOptions options;
        options.condition = AppendCondition{Region::none(), seen_end};
        const auto refused = [&](const auto& answer) {
            ASSERT_EQ(code_of(answer), ErrorCode::InvalidArgument);
            EXPECT_EQ(answer.error().sequence(), seen_end);
            EXPECT_EQ(store.visible_end(), end);
        };
        refused(store.append_raw(bob, kind, payload, options));
        refused(store.try_append_raw(bob, kind, payload, options));
        auto ticket = store.submit_raw(bob, kind, payload, options);
        ASSERT_TRUE(ticket);
        refused(ticket->wait());
        BatchBuilder batch;
        batch.add(alice, kind, Bytes(1));
        batch.add(bob, kind, Bytes(1));
        refused(store.append_batch(std::move(batch), {.condition = options.condition}));
    }

    Result<AppendReceipt> append_if(Store& store, Sequence seen_end) const {
        AppendOptions options;
        options.condition = AppendCondition{Region::all(), seen_end};
        return store.append_raw(bob, kind, payload, options);
    }
};

TEST_F(SeenTooFar, IsRefusedByEveryWayToAppend) {
    Store store = open();
    for (std::uint64_t events = 0; events < 4; ++events) {
        ASSERT_EQ(store.visible_end(), Sequence(events));
        for (const std::uint64_t end : {events + 1, events + 2, events + 1000, UINT64_MAX})
            expect_refused(store, Sequence(end));
        ASSERT_TRUE(store.append_raw(alice, kind, payload));
    }
}

// The usual loop, from the empty store on: of two that claim a name once, one succeeds.
TEST_F(SeenTooFar, IsNeverWhatVisibleEndSays) {
    Store store = open();
    for (std::uint64_t events = 0; events < 3; ++events) {
        const Sequence seen_end = store.visible_end();
        EXPECT_EQ(seen_end, Sequence(events));
        const auto mine = append_if(store, seen_end);
        ASSERT_TRUE(mine) << mine.error().to_string();
        const auto rival = append_if(store, seen_end);
        ASSERT_EQ(code_of(rival), ErrorCode::ConditionConflict);
        EXPECT_EQ(rival.error().sequence(), mine->sequence);
    }
}

// A replay asks for nothing to be true: it was true once.
TEST_F(SeenTooFar, IsNotAskedOfARetry) {
    Store store = open();
    AppendOptions options;
    options.idempotency_key = "once";
    const auto first = store.append_raw(bob, kind, payload, options);
    ASSERT_TRUE(first);
    options.condition = AppendCondition{Region::all(), Sequence(77)};
    const auto retry = store.append_raw(bob, kind, payload, options);
    ASSERT_TRUE(retry) << retry.error().to_string();
    EXPECT_TRUE(retry->replayed);
    EXPECT_EQ(retry->sequence, first->sequence);
}

// What cannot be read cannot be judged: the append fails, and is not waved through.
TEST_F(ConditionalAppend, FailsWhereAnEventThatMayMatchIsDamaged) {
    config = config.with_segment_bytes(4096);
    Store store = open();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(store.append_raw(alice, kind, Bytes(2000)));
    const auto paths = disk->file_paths();
    const auto segment = std::ranges::find_if(
        paths, [](const std::string& path) { return path.ends_with(store::segment_file_name(1)); });
    ASSERT_NE(segment, paths.end());
    ASSERT_TRUE(disk->flip_bit(*segment, 1000, 3));
    AppendOptions options;
    options.condition = AppendCondition{Region::all().with_versions(Version(0), Version(1))};
    const auto refused = store.append_raw(bob, kind, payload, options);
    EXPECT_EQ(code_of(refused), ErrorCode::CorruptFrame);
    EXPECT_EQ(store.visible_end(), Sequence(3));
}

}  // namespace
}  // namespace batpak::staging_condition_test
