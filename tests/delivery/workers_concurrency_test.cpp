// Workers, reactors and groups with many threads: order, exactly once, and an end in the middle.
#include <gtest/gtest.h>

#include <algorithm>
#include <latch>
#include <map>
#include <thread>

#include "batpak/base/detail/mutex.hpp"
#include "batpak/delivery/consumer_group.hpp"
#include "batpak/delivery/cursor_worker.hpp"
#include "batpak/delivery/reactor.hpp"
#include "support/store/store_fixture.hpp"
#include "support/watchdog.hpp"

namespace batpak {
namespace {

using testing::Moved;

constexpr int kWorkers = 4;
constexpr int kEntities = 7;
constexpr int kEventsEach = 30;

struct Shipped {
    static constexpr auto kind = EventKind::custom(0xF, 3);
    std::uint64_t event = 0;
};

// What the workers did with each entity: never two at a time, always in order.
class Ledger {
public:
    void begin(const EventView& event) {
        const MutexLock lock(mutex_);
        EXPECT_TRUE(busy_.emplace(std::string(event.entity), true).second)
            << event.entity << " is given out twice";  // (INV Q3)
    }
    // Called while the entity is still the caller's.
    void end(const EventView& event, bool done) {
        const MutexLock lock(mutex_);
        const std::string entity(event.entity);
        if (done) {
            std::vector<Sequence>& order = done_[entity];
            EXPECT_TRUE(order.empty() || order.back() < event.sequence()) << "out of order";
            order.push_back(event.sequence());
            ++count_;
        }
        busy_.erase(entity);
    }
    int count() const {
        const MutexLock lock(mutex_);
        return count_;
    }

private:
    mutable Mutex mutex_;
    std::map<std::string, bool> busy_ BATPAK_GUARDED_BY(mutex_);
    std::map<std::string, std::vector<Sequence>> done_ BATPAK_GUARDED_BY(mutex_);
    int count_ BATPAK_GUARDED_BY(mutex_) = 0;
};

class WorkersTest : public testing::StoreFixture {
protected:
    static Coordinate entity(int number) {
        return testing::coordinate_of("player:" + std::to_string(number % kEntities));
    }
    void append_all() {
        for (int i = 0; i < kEntities * kEventsEach; ++i)
            ASSERT_TRUE(store.append(entity(i), Moved{i, 0}));
    }

    testing::Watchdog watchdog{"workers", std::chrono::seconds(100)};
    Store store = Store::open(config.with_sync_every_n_events(1000)).value();
    const std::chrono::steady_clock::time_point deadline =
        std::chrono::steady_clock::now() + std::chrono::seconds(90);
};

// Goal:   each event is done once, an entity's in order and one at a time, while events are still
//         being appended, some are retried, some given back, and some acknowledged in a batch.
TEST_F(WorkersTest, AGroupSharesTheEventsOut) {
    GroupOptions options;
    options.window_max = 16;
    options.checkpoint_every = 20;
    ConsumerGroup group =
        ConsumerGroup::open(store, Region::all().with_kind<Moved>(), GroupId("g"), options).value();
    Ledger ledger;
    std::stop_source all_done;
    const auto work = [&] {
        while (auto delivery = group.claim(deadline, all_done.get_token()).value()) {
            const EventView& event = delivery->event();
            const std::uint64_t number = event.sequence().value;
            ledger.begin(event);
            const bool first = delivery->attempts() == 0;
            if (first && number % 11 == 3) {
                ledger.end(event, false);
                EXPECT_TRUE(std::move(*delivery).retry("once more"));
                continue;
            }
            ledger.end(event, true);
            BatchBuilder batch;
            batch.add(testing::coordinate_of("parcel:" + std::to_string(number)), Shipped{number},
                      {.expect = ExpectedVersion::none()});
            delivery->add_ack_to(batch);
            EXPECT_TRUE(store.append_batch(std::move(batch)));
            delivery.reset();
            if (ledger.count() == kEntities * kEventsEach) all_done.request_stop();
        }
    };
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < kWorkers; ++i) threads.emplace_back(work);
        append_all();
    }
    EXPECT_EQ(ledger.count(), kEntities * kEventsEach);
    EXPECT_EQ(store.count(Region::all().with_kind<Shipped>()).value(),
              static_cast<std::uint64_t>(kEntities * kEventsEach));
    EXPECT_FALSE(group.claim(std::chrono::steady_clock::now()).value());
    EXPECT_EQ(group.status().value().settled_ahead, 0U);
}

TEST_F(WorkersTest, ADroppedDeliveryWakesAWorkerThatWaits) {
    ASSERT_TRUE(store.append(alice, Moved{}));
    ConsumerGroup group = ConsumerGroup::open(store, Region::all(), GroupId("g")).value();
    auto held = group.claim(deadline).value();
    std::latch waiting(1);
    std::jthread worker([&] {
        waiting.count_down();
        auto delivery = group.claim(deadline).value();
        ASSERT_TRUE(delivery);
        EXPECT_TRUE(std::move(*delivery).ack());
    });
    waiting.wait();
    held.reset();
}

TEST_F(WorkersTest, ClosingTheStoreEndsEverybody) {
    append_all();
    ConsumerGroup group = ConsumerGroup::open(store, Region::all(), GroupId("g")).value();
    auto silent =
        CursorWorker::per_event(store.cursor_guaranteed(Region::all(), CursorId("c")).value(),
                                [](const EventView&) { return WorkerStep::Continue; }, {});
    auto reacting = CursorWorker::reacting(
        Reactor::open(store, Region::all().with_kind<Moved>(), ReactorId("r"),
                      [](const EventView& event, Reactions& reactions) {
                          reactions.add(testing::coordinate_of("answers"),
                                        Shipped{event.sequence().value});
                      })
            .value(),
        {});
    std::latch at_work(kWorkers);
    std::vector<std::jthread> threads;
    for (int i = 0; i < kWorkers; ++i) {
        threads.emplace_back([&] {
            bool told = false;
            for (;;) {
                auto delivery = group.claim(deadline);
                if (!std::exchange(told, true)) at_work.count_down();
                if (!delivery) {
                    EXPECT_EQ(testing::code_of(delivery), ErrorCode::Closed);
                    return;
                }
                ASSERT_TRUE(*delivery);
                (void)std::move(**delivery).ack();
            }
        });
    }
    // One worker alone may take all there is, so there is more until each has had some.
    while (!at_work.try_wait()) ASSERT_TRUE(store.append(entity(0), Moved{0, 0}));
    std::move(store).close().value();
    threads.clear();
    EXPECT_EQ(silent->join().value().end, WorkerEnd::StoreClosed);
    EXPECT_EQ(reacting->join().value().end, WorkerEnd::StoreClosed);
}

// Goal:   what a closed store has, is done or comes again, and nothing is done twice in the log.
TEST_F(WorkersTest, WhatACloseCutOffIsFinishedByTheNext) {
    for (int round = 0; round < 4; ++round) {
        const bool last = round == 3;
        ConsumerGroup group =
            ConsumerGroup::open(store, Region::all().with_kind<Moved>(), GroupId("g")).value();
        std::atomic<int> done{0};
        std::latch enough(1);
        std::vector<std::jthread> threads;
        for (int i = 0; i < kWorkers; ++i) {
            threads.emplace_back([&] {
                for (;;) {
                    auto delivery = group.claim(last ? std::chrono::steady_clock::now() : deadline);
                    if (!delivery || !*delivery) return;
                    BatchBuilder batch;
                    batch.add(alice, Shipped{(*delivery)->event().sequence().value});
                    (*delivery)->add_ack_to(batch);
                    (void)store.append_batch(std::move(batch));
                    if (++done == 40) enough.count_down();
                }
            });
        }
        if (!last) {
            append_all();
            enough.wait();
            // Workers use the store while it is closed, and not when it is moved from.
            Store& closing = store;
            ASSERT_TRUE(std::move(closing).close());
        }
        threads.clear();
        group = ConsumerGroup(nullptr);
        if (!last) store = Store::open(config.with_sync_every_n_events(1000)).value();
    }
    std::map<std::uint64_t, int> shipped;
    for (const auto& event : store.by_fact(Shipped::kind))
        ++shipped[event->as<Shipped>().value().event];
    EXPECT_EQ(shipped.size(), static_cast<std::size_t>(3 * kEntities * kEventsEach));
    for (const auto& [event, times] : shipped) EXPECT_EQ(times, 1) << event;
}

}  // namespace
}  // namespace batpak
