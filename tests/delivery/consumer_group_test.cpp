#include "batpak/delivery/consumer_group.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "delivery/group/entity_queues.hpp"
#include "delivery/group/group_ledger.hpp"
#include "support/store/store_fixture.hpp"
#include "support/watchdog.hpp"

namespace batpak {
namespace {

using delivery::EntityQueues;
using delivery::GroupCheckpoint;
using delivery::GroupLedger;
using delivery::GroupMove;
using delivery::GroupMoved;
using testing::Moved;

std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }

// ---- the parts

// Goal:   an entity never has two out, and what is given is the oldest that may be. (INV Q3)
// Method: random steps against a list that is searched from its front.
TEST(EntityQueues, GiveWhatASearchOfAListGives) {
    struct Event {
        Sequence sequence;
        std::string entity;
        bool is_out = false;
    };
    const std::uint32_t seed = 7;
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int run = 0; run < 100; ++run) {
        EntityQueues queues;
        std::vector<Event> list;
        const auto is_busy = [&](const std::string& entity) {
            return std::ranges::any_of(
                list, [&](const Event& event) { return event.is_out && event.entity == entity; });
        };
        std::uint64_t next = 0;
        for (int step = 0; step < 200; ++step) {
            const auto choice = random() % 4;
            if (choice == 0) {
                const std::string entity(1, static_cast<char>('a' + random() % 4));
                list.push_back({Sequence(next), entity});
                queues.add(Sequence(next++), entity);
            } else if (choice == 1) {
                const auto found = std::ranges::find_if(list, [&](const Event& event) {
                    return !event.is_out && !is_busy(event.entity);
                });
                const std::optional<Sequence> given = queues.next();
                ASSERT_EQ(given.has_value(), found != list.end());
                if (!given) continue;
                ASSERT_EQ(*given, found->sequence);
                found->is_out = true;
            } else if (!list.empty()) {
                const auto place =
                    list.begin() + static_cast<std::ptrdiff_t>(random() % list.size());
                if (choice == 2) {
                    queues.remove(place->sequence);
                    list.erase(place);
                } else if (place->is_out) {
                    queues.give_back(place->sequence);
                    place->is_out = false;
                }
            }
            ASSERT_EQ(queues.size(), list.size());
            ASSERT_EQ(queues.out(), static_cast<std::size_t>(std::ranges::count_if(
                                        list, [](const Event& event) { return event.is_out; })));
        }
    }
}

// Goal:   a checkpoint at any place, and the moves behind it, give what all the moves give; moves
//         that are applied twice change nothing. (INV Q4)
TEST(GroupLedger, AFoldOfAllIsAFoldOfACheckpointAndTheRest) {
    const std::uint32_t seed = 11;
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto same = [](const GroupLedger& a, const GroupLedger& b) {
        for (std::uint64_t i = 0; i < 12; ++i) {
            const Sequence event(i);
            if (a.is_settled(event) != b.is_settled(event)) return false;
            if (a.attempts(event) != b.attempts(event)) return false;
            if (a.parked().contains(event) != b.parked().contains(event)) return false;
        }
        return true;
    };
    for (int run = 0; run < 100; ++run) {
        std::vector<GroupMoved> moves;
        for (int i = 0; i < 20; ++i) {
            moves.push_back({static_cast<GroupMove>(random() % 4), Sequence(random() % 12),
                             static_cast<std::uint32_t>(random() % 3), "why"});
        }
        GroupLedger all;
        for (const GroupMoved& moved : moves) all.apply(moved);
        for (std::size_t cut = 0; cut <= moves.size(); ++cut) {
            GroupLedger before;
            for (std::size_t i = 0; i < cut; ++i) before.apply(moves[i]);
            GroupLedger behind(before.checkpoint());
            for (std::size_t i = cut / 2; i < moves.size(); ++i) behind.apply(moves[i]);
            ASSERT_TRUE(same(all, behind)) << "run " << run << ", cut " << cut;
        }
    }
}

// ---- the group

class GroupTest : public testing::StoreFixture {
protected:
    ConsumerGroup group() {
        return ConsumerGroup::open(store, Region::all(), kId, options).value();
    }
    void reopen() {
        std::move(store).close().value();
        store = open();
    }
    void append(const Coordinate& coordinate) { ASSERT_TRUE(store.append(coordinate, Moved{})); }
    // What claim() gives at once; nothing if there is nothing.
    static std::optional<Delivery> take(ConsumerGroup& group) { return group.claim(now()).value(); }
    static std::uint64_t sequence(const std::optional<Delivery>& delivery) {
        return delivery.value().event().sequence().value;
    }

    // Flips a bit in the first place of the first segment that holds this text.
    void damage(std::string_view text) {
        const std::string path = "/data/segments/000000000001.bpk";
        const Bytes file = disk->contents(path).value();
        const std::size_t at = as_text(file).find(text);
        ASSERT_NE(at, std::string_view::npos);
        ASSERT_TRUE(disk->flip_bit(path, at, 0));
    }

    const GroupId kId{"shipping"};
    testing::Watchdog watchdog{"ConsumerGroup", std::chrono::seconds(60)};
    Store store = open();
    GroupOptions options;
};

TEST_F(GroupTest, GivesOneEventOfAnEntityAtATimeInOrder) {
    append(alice);
    append(alice);
    append(bob);
    ConsumerGroup workers = group();
    auto first = take(workers);
    auto second = take(workers);
    EXPECT_EQ(sequence(first), 0U);
    EXPECT_EQ(sequence(second), 2U);  // bob's: alice is busy (INV Q3)
    EXPECT_FALSE(take(workers));
    EXPECT_EQ(workers.status().value().claimed, 2U);
    ASSERT_TRUE(std::move(*first).ack());
    first = take(workers);
    EXPECT_EQ(sequence(first), 1U);
    ASSERT_TRUE(std::move(*second).ack());
    ASSERT_TRUE(std::move(*first).ack());
    EXPECT_FALSE(take(workers));
    const GroupStatus status = workers.status().value();
    EXPECT_EQ(status.waiting + status.claimed + status.settled_ahead, 0U);
}

// Whatever their entities are; an event without such a tag goes with its entity.
TEST_F(GroupTest, GivesOneEventOfATagAtATimeIfItIsTold) {
    const auto append_tagged = [&](const Coordinate& who, std::vector<std::string> tags) {
        ASSERT_TRUE(store.append(who, Moved{}, {.tags = std::move(tags)}));
    };
    append_tagged(alice, {"course:a", "student:1"});
    append_tagged(bob, {"course:a", "student:2"});
    append_tagged(alice, {"course:b", "student:1"});
    append_tagged(alice, {"student:1"});
    append_tagged(alice, {"course:b", "course:c"});
    append_tagged(bob, {"student:2"});
    append_tagged(bob, {"course:c"});
    options.in_order_by_tag = "course:";
    ConsumerGroup workers = group();
    std::map<std::uint64_t, Delivery> out;
    while (auto delivery = take(workers)) out.emplace(sequence(delivery), *std::move(delivery));
    std::vector<std::uint64_t> first;
    for (const auto& [number, delivery] : out) first.push_back(number);
    EXPECT_EQ(first, (std::vector<std::uint64_t>{0, 2, 3, 5, 6}));
    ASSERT_TRUE(std::move(out.at(2)).ack());
    EXPECT_EQ(sequence(take(workers)), 4U);
    ASSERT_TRUE(std::move(out.at(0)).ack());
    EXPECT_EQ(sequence(take(workers)), 1U);
}

// It says how work is shared, and nothing of what is done.
TEST_F(GroupTest, GoesOnWithAnotherOrder) {
    for (int i = 0; i < 4; ++i)
        ASSERT_TRUE(store.append(alice, Moved{}, {.tags = {"n:" + std::to_string(i % 2)}}));
    {
        ConsumerGroup workers = group();
        ASSERT_TRUE(std::move(*take(workers)).ack());
    }
    options.in_order_by_tag = "n:";
    ConsumerGroup workers = group();
    const auto first = take(workers);
    const auto second = take(workers);
    EXPECT_EQ(sequence(first), 1U);
    EXPECT_EQ(sequence(second), 2U);
    EXPECT_FALSE(take(workers));
}

TEST_F(GroupTest, WhatWasSettledInAnyOrderIsSettledAfterAReopen) {
    for (int i = 0; i < 6; ++i) append(testing::coordinate_of("player:" + std::to_string(i)));
    for (const std::uint32_t every : {1U, 2U, 1000U}) {
        const GroupId id("every " + std::to_string(every));
        options.checkpoint_every = every;
        {
            ConsumerGroup workers =
                ConsumerGroup::open(store, Region::scope("room:dungeon"), id, options).value();
            std::vector<Delivery> deliveries;
            while (auto delivery = take(workers)) deliveries.push_back(*std::move(delivery));
            ASSERT_EQ(deliveries.size(), 6U);
            ASSERT_TRUE(std::move(deliveries[4]).ack());
            ASSERT_TRUE(std::move(deliveries[1]).ack());
            ASSERT_TRUE(std::move(deliveries[0]).retry("again"));
            ASSERT_TRUE(std::move(deliveries[2]).park("later"));
        }
        reopen();
        ConsumerGroup workers =
            ConsumerGroup::open(store, Region::scope("room:dungeon"), id, options).value();
        std::vector<std::uint64_t> seen;
        std::vector<std::uint32_t> attempts;
        std::vector<Delivery> deliveries;
        while (auto delivery = take(workers)) {
            seen.push_back(sequence(delivery));
            attempts.push_back(delivery->attempts());
            deliveries.push_back(*std::move(delivery));
        }
        EXPECT_EQ(seen, (std::vector<std::uint64_t>{0, 3, 5}));  // (INV Q4)
        EXPECT_EQ(attempts, (std::vector<std::uint32_t>{1, 0, 0}));
        ASSERT_EQ(workers.parked().value().size(), 1U);
        EXPECT_EQ(workers.parked().value()[0].reason, "later");
    }
}

TEST_F(GroupTest, ADeliveryThatIsDroppedComesAgainAtOnce) {
    append(alice);
    ConsumerGroup workers = group();
    EXPECT_EQ(sequence(take(workers)), 0U);
    const auto again = take(workers);
    EXPECT_EQ(sequence(again), 0U);
    EXPECT_EQ(again->attempts(), 0U);
}

TEST_F(GroupTest, RetriesAsOftenAsItMayThenParks) {
    append(alice);
    append(alice);
    options.retries_max = 2;
    ConsumerGroup workers = group();
    for (const Retried expected : {Retried::Again, Retried::Again, Retried::Parked}) {
        auto delivery = take(workers);
        ASSERT_EQ(sequence(delivery), 0U);  // those behind it wait
        EXPECT_EQ(std::move(*delivery).retry("no label").value(), expected);
    }
    EXPECT_EQ(sequence(take(workers)), 1U);
    const auto parked = workers.parked().value();
    ASSERT_EQ(parked.size(), 1U);
    EXPECT_EQ(parked[0].sequence, Sequence(0));
    EXPECT_EQ(parked[0].attempts, 3U);
    EXPECT_EQ(parked[0].reason, "no label");
}

TEST_F(GroupTest, ParkedStaysParkedUntilItIsReplayed) {
    for (int i = 0; i < 3; ++i) append(alice);
    options.checkpoint_every = 1;
    for (int i = 0; i < 3; ++i) {
        ConsumerGroup workers = group();
        auto delivery = take(workers);
        ASSERT_EQ(sequence(delivery), static_cast<std::uint64_t>(i));
        ASSERT_TRUE(std::move(*delivery).park("no " + std::to_string(i)));
    }
    reopen();
    ConsumerGroup workers = group();
    EXPECT_FALSE(take(workers));  // (INV Q6)
    EXPECT_EQ(testing::code_of(workers.replay_parked(Sequence(99))), ErrorCode::EventNotFound);
    ASSERT_TRUE(workers.replay_parked(Sequence(1)));
    EXPECT_EQ(testing::code_of(workers.replay_parked(Sequence(1))), ErrorCode::EventNotFound);
    auto delivery = take(workers);
    EXPECT_EQ(sequence(delivery), 1U);
    EXPECT_EQ(delivery->attempts(), 0U);
    ASSERT_TRUE(std::move(*delivery).ack());
    EXPECT_EQ(workers.replay_parked().value(), 2U);
    // A replay that nobody takes up is not forgotten.
    workers = ConsumerGroup(nullptr);
    reopen();
    workers = group();
    EXPECT_TRUE(workers.parked().value().empty());
    for (const std::uint64_t expected : {0U, 2U}) {
        delivery = take(workers);
        ASSERT_EQ(sequence(delivery), expected);
        ASSERT_TRUE(std::move(*delivery).ack());
    }
    EXPECT_FALSE(take(workers));
}

TEST_F(GroupTest, TheParkedAreLimited) {
    for (int i = 0; i < 3; ++i) append(alice);
    options.parked_max = 2;
    options.retries_max = 0;
    ConsumerGroup workers = group();
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(std::move(*take(workers)).park("no"));
    auto delivery = take(workers);
    const Sequence end = store.visible_end();
    EXPECT_EQ(testing::code_of(std::move(*delivery).park("no")),
              ErrorCode::ParkedFull);  // (INV Q6)
    EXPECT_EQ(testing::code_of(std::move(*delivery).retry("no")), ErrorCode::ParkedFull);
    EXPECT_EQ(store.visible_end(), end);
    EXPECT_TRUE(std::move(*delivery).ack());  // it is still the caller's
}

TEST_F(GroupTest, AFullWindowWaitsForTheOldest) {
    for (int i = 0; i < 8; ++i) append(testing::coordinate_of("player:" + std::to_string(i)));
    options.window_max = 3;
    ConsumerGroup workers = group();
    auto oldest = take(workers);
    for (int i = 1; i < 3; ++i) ASSERT_TRUE(std::move(*take(workers)).ack());
    EXPECT_FALSE(take(workers));  // (INV Q6)
    EXPECT_EQ(workers.status().value().settled_ahead, 2U);
    ASSERT_TRUE(std::move(*oldest).ack());
    EXPECT_EQ(sequence(take(workers)), 3U);
}

TEST_F(GroupTest, AnAckInABatchIsStoredWithIt) {
    append(alice);
    append(alice);
    ConsumerGroup workers = group();
    const auto ship = [&](ExpectedVersion expect) {
        const auto delivery = take(workers);
        BatchBuilder batch;
        batch.add(bob, Moved{}, {.expect = expect});
        delivery->add_ack_to(batch);
        return store.append_batch(std::move(batch)).has_value();
    };
    EXPECT_FALSE(ship(ExpectedVersion::exactly(9)));
    EXPECT_EQ(sequence(take(workers)), 0U);  // the batch failed, and the event is given back
    EXPECT_TRUE(ship(ExpectedVersion::any()));
    EXPECT_EQ(sequence(take(workers)), 1U);
}

TEST_F(GroupTest, HasOneHandleAndOneRegion) {
    append(alice);
    std::optional<ConsumerGroup> first = group();
    EXPECT_EQ(testing::code_of(ConsumerGroup::open(store, Region::all(), kId)),
              ErrorCode::GroupInUse);
    EXPECT_TRUE(ConsumerGroup::open(store, Region::all(), GroupId("another")));
    auto delivery = take(*first);
    first.reset();
    EXPECT_EQ(testing::code_of(ConsumerGroup::open(store, Region::all(), kId)),
              ErrorCode::GroupInUse);
    delivery.reset();
    EXPECT_TRUE(ConsumerGroup::open(store, Region::all(), kId));
    EXPECT_EQ(testing::code_of(ConsumerGroup::open(store, Region::scope("x"), kId)),
              ErrorCode::ForeignPosition);
}

TEST_F(GroupTest, ANewGroupBeginsWhereItIsTold) {
    for (int i = 0; i < 3; ++i) append(alice);
    options.start = CursorStart::end();
    {
        ConsumerGroup workers = group();
    }
    append(bob);
    options.start = CursorStart::beginning();  // it is no longer new
    ConsumerGroup workers = group();
    auto delivery = take(workers);
    EXPECT_EQ(delivery->event().entity, "player:bob");
    ASSERT_TRUE(std::move(*delivery).ack());
    EXPECT_FALSE(take(workers));
}

TEST_F(GroupTest, ReadsOnlyWhatIsBehindTheLastCheckpoint) {
    options.checkpoint_every = 10;
    for (int i = 0; i < 100; ++i) append(alice);
    {
        ConsumerGroup workers = group();
        while (auto delivery = take(workers)) ASSERT_TRUE(std::move(*delivery).ack());
    }
    std::uint64_t checkpoints = 0;
    std::optional<GroupCheckpoint> last;
    for (const auto& event : store.by_fact(GroupCheckpoint::kind)) {
        ++checkpoints;
        last = event->as<GroupCheckpoint>().value();
    }
    EXPECT_EQ(checkpoints, 11U);  // one for each ten moves, and the first
    EXPECT_TRUE(last->settled.empty());
    EXPECT_GE(last->low, Sequence(99));
    ConsumerGroup workers = group();
    EXPECT_FALSE(take(workers));
}

TEST_F(GroupTest, WaitsEndWithTheDeadlineAStopOrTheStore) {
    ConsumerGroup workers = group();
    EXPECT_FALSE(workers.claim(now()).value());
    std::stop_source stop;
    stop.request_stop();
    EXPECT_FALSE(workers.claim(now() + std::chrono::hours(1), stop.get_token()).value());
    append(alice);
    auto delivery = take(workers);
    std::move(store).close().value();
    EXPECT_EQ(testing::code_of(workers.claim(now())), ErrorCode::Closed);
    EXPECT_EQ(testing::code_of(std::move(*delivery).ack()), ErrorCode::Closed);
    EXPECT_EQ(testing::code_of(workers.parked()), ErrorCode::Closed);
    EXPECT_EQ(testing::code_of(workers.status()), ErrorCode::Closed);
}

TEST_F(GroupTest, RefusesWhatIsOutOfItsLimits) {
    const auto refused = [&](const GroupId& id, void (*change)(GroupOptions&)) {
        GroupOptions changed;
        change(changed);
        return testing::code_of(ConsumerGroup::open(store, Region::all(), id, changed));
    };
    const auto nothing = [](GroupOptions&) {};
    const GroupId id("g");
    EXPECT_EQ(refused(GroupId(""), nothing), ErrorCode::InvalidArgument);
    EXPECT_EQ(refused(GroupId(std::string(991, 'x')), nothing), ErrorCode::InvalidArgument);
    EXPECT_EQ(refused(GroupId("a\nb"), nothing), ErrorCode::InvalidCoordinate);
    EXPECT_EQ(refused(id, [](GroupOptions& o) { o.window_max = 0; }), ErrorCode::InvalidArgument);
    EXPECT_EQ(refused(id, [](GroupOptions& o) { o.window_max = 4097; }),
              ErrorCode::InvalidArgument);
    EXPECT_EQ(refused(id, [](GroupOptions& o) { o.parked_max = 0; }), ErrorCode::InvalidArgument);
    EXPECT_EQ(refused(id, [](GroupOptions& o) { o.parked_max = 1025; }),
              ErrorCode::InvalidArgument);
    EXPECT_EQ(refused(id, [](GroupOptions& o) { o.checkpoint_every = 0; }),
              ErrorCode::InvalidArgument);
    EXPECT_EQ(refused(id, [](GroupOptions& o) { o.in_order_by_tag.assign(257, 'x'); }),
              ErrorCode::InvalidArgument);
    EXPECT_TRUE(ConsumerGroup::open(store, Region::all(), GroupId(std::string(990, 'x'))));
}

TEST_F(GroupTest, ADamagedCheckpointIsAnErrorAndNoNewBeginning) {
    append(alice);
    {
        ConsumerGroup workers = group();
    }
    damage("batpak:group:shipping");
    EXPECT_EQ(testing::code_of(ConsumerGroup::open(store, Region::all(), kId)),
              ErrorCode::CorruptFrame);
}

TEST_F(GroupTest, DamageIsAnErrorUntilItIsParked) {
    for (int i = 0; i < 3; ++i) append(testing::coordinate_of("player:" + std::to_string(i)));
    damage("player:1");
    ConsumerGroup workers = group();
    EXPECT_EQ(testing::code_of(workers.park_damaged()), ErrorCode::InvalidArgument);
    ASSERT_TRUE(std::move(*take(workers)).ack());
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(testing::code_of(workers.claim(now())), ErrorCode::CorruptFrame);
    ASSERT_TRUE(workers.park_damaged());
    EXPECT_EQ(workers.parked().value().at(0).sequence, Sequence(1));
    EXPECT_EQ(sequence(take(workers)), 2U);
}

}  // namespace
}  // namespace batpak
