#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "batpak/delivery/cursor.hpp"
#include "batpak/delivery/subscription.hpp"
#include "batpak/testing/environment.hpp"
#include "support/store/store_fixture.hpp"
#include "support/watchdog.hpp"

namespace batpak {
namespace {

using testing::code_of;
using testing::Moved;
using testing::Watchdog;

const Region kAll = Region::all();
constexpr std::chrono::seconds kPatience{120};

std::chrono::steady_clock::time_point soon() {
    return std::chrono::steady_clock::now() + kPatience;
}

StoreConfig small_segments() {
    return testing::memory_config().with_segment_bytes(16 << 10).with_sync_every_n_events(64);
}

// Appends `count` events, alone and in batches, to a stream of its own.
void write(Store& store, int writer, int count) {
    const Coordinate where =
        Coordinate::create("writer:" + std::to_string(writer), "s" + std::to_string(writer % 2))
            .value();
    for (int done = 0; done < count;) {
        BatchBuilder batch;
        for (int i = 0; i <= done % 4 && done < count; ++i, ++done)
            batch.add(where, Moved{done, 0});
        if (batch.size() > 1) {
            ASSERT_TRUE(store.append_batch(std::move(batch)));
        } else {
            ASSERT_TRUE(store.append(where, Moved{done - 1, 0}));
        }
    }
}

struct Seen {
    std::vector<std::uint64_t> sequences;
    std::uint64_t missed = 0;
};

// Follows the region until `count` events of it were delivered, committing now and then.
Seen follow(Store& store, const Region& region, const std::string& id, std::size_t count) {
    Seen seen;
    Cursor cursor = store.cursor_guaranteed(region, CursorId(id)).value();
    while (seen.sequences.size() < count && cursor.wait(soon()).value()) {
        const auto events = cursor.poll_batch(7).value();
        for (const StoredEvent<Bytes>& event : events)
            seen.sequences.push_back(event.sequence().value);
        if (seen.sequences.size() % 5 != 0) continue;
        EXPECT_TRUE(cursor.commit());
    }
    EXPECT_EQ(cursor.position().matched, count);
    EXPECT_TRUE(store.verify_completeness(region, cursor.position()).value());
    return seen;
}

// Takes until as many notifications as `count` are delivered or counted.
Seen listen(Subscription& live, std::uint64_t count) {
    Seen seen;
    while (seen.sequences.size() + seen.missed < count) {
        const auto item = live.next(soon()).value();
        if (!item) break;
        if (item->lag() != nullptr) {
            seen.missed += item->lag()->missed;
        } else {
            seen.sequences.push_back((*item)->sequence().value);
        }
    }
    return seen;
}

std::vector<std::uint64_t> sequences_of(const Store& store, const Region& region) {
    std::vector<std::uint64_t> sequences;
    for (const auto& event : store.query(region)) {
        if (event->kind().category() != EventKind::kSystemCategory)
            sequences.push_back(event->sequence().value);
    }
    return sequences;
}

// Goal:   beside four writers, rotations and commits of positions, cursors deliver exactly their
//         region, and subscriptions deliver or count exactly theirs (INV D1, D4).
TEST(DeliveryConcurrency, NothingIsLostBesideWriters) {
    const Watchdog watchdog("delivery beside writers", kPatience);
    constexpr int kWriters = 4;
    constexpr int kEach = 400;
    Store store = Store::open(small_segments()).value();
    const Region half = Region::scope("s1");
    Subscription wide = store.subscribe_lossy(kAll, {.capacity = 1'000'000}).value();
    Subscription narrow = store.subscribe_lossy(half, {.capacity = 3}).value();
    Seen all;
    Seen some;
    Seen heard;
    Seen caught;
    std::vector<std::thread> threads;
    threads.emplace_back([&] { all = follow(store, kAll, "all", kWriters * kEach); });
    threads.emplace_back([&] { some = follow(store, half, "half", kWriters / 2 * kEach); });
    threads.emplace_back([&] { heard = listen(wide, kWriters * kEach); });
    threads.emplace_back([&] { caught = listen(narrow, kWriters / 2 * kEach); });
    for (int writer = 0; writer < kWriters; ++writer)
        threads.emplace_back([&store, writer] { write(store, writer, kEach); });
    for (std::thread& thread : threads) thread.join();

    EXPECT_EQ(all.sequences.size(), std::size_t{kWriters * kEach});
    EXPECT_EQ(sequences_of(store, kAll).size(), std::size_t{kWriters * kEach});
    EXPECT_EQ(heard.sequences.size(), std::size_t{kWriters * kEach});
    EXPECT_EQ(all.sequences, sequences_of(store, kAll));
    EXPECT_EQ(some.sequences, sequences_of(store, half));
    EXPECT_EQ(heard.sequences, all.sequences);
    EXPECT_EQ(caught.sequences.size() + caught.missed, some.sequences.size());
    EXPECT_TRUE(std::ranges::is_sorted(caught.sequences));
}

// Two cursors of one id race: each position is stored by one of them, and they never go back.
TEST(DeliveryConcurrency, OneIdHasOneHolder) {
    const Watchdog watchdog("two cursors of one id", kPatience);
    Store store = Store::open(small_segments()).value();
    write(store, 0, 300);
    std::atomic<int> stored{0};
    const auto work = [&] {
        Cursor cursor = store.cursor_guaranteed(kAll, CursorId("one")).value();
        while (cursor.poll().value()) {
            const auto committed = cursor.commit();
            if (committed) {
                stored.fetch_add(1);
                continue;
            }
            EXPECT_EQ(code_of(committed), ErrorCode::VersionConflict);
            cursor = store.cursor_guaranteed(kAll, CursorId("one")).value();
        }
    };
    std::thread first(work);
    std::thread second(work);
    first.join();
    second.join();
    // Each commit paid for exactly one event more than the one before it.
    EXPECT_EQ(stored.load(), 300);
    EXPECT_EQ(store.stream("batpak:cursor:one").collect().value().size(), 300U);
}

// Goal:   whatever is going on, a close ends every wait, and what was appended before it was heard
//         of or is there to be read (INV D3).
TEST(DeliveryConcurrency, CloseEndsEveryWait) {
    const Watchdog watchdog("close beside waits", kPatience);
    for (int round = 0; round < 30; ++round) {
        std::optional<Store> store(Store::open(testing::memory_config()).value());
        std::atomic<int> ready{0};
        std::atomic<int> appended{0};
        std::vector<std::thread> threads;
        for (int i = 0; i < 3; ++i) {
            threads.emplace_back([&, i] {
                Cursor cursor =
                    store->cursor_guaranteed(kAll, CursorId("c" + std::to_string(i))).value();
                Subscription live = store->subscribe_lossy(kAll).value();
                ready.fetch_add(1);
                for (;;) {
                    const auto arrived = cursor.wait(soon());
                    if (!arrived) {
                        EXPECT_EQ(code_of(arrived), ErrorCode::Closed);
                        break;
                    }
                    const auto event = cursor.poll();
                    if (!event) break;
                }
                while (live.next(soon())) {
                }
            });
        }
        threads.emplace_back([&] {
            const Coordinate where = testing::coordinate_of("writer");
            while (store->append(where, Moved{1, 1})) appended.fetch_add(1);
        });
        while (ready.load() < 3 || appended.load() < round) std::this_thread::yield();
        std::move(*store).close().value();
        for (std::thread& thread : threads) thread.join();
    }
}

// Waiters for many places are woken each by its own event; a stop or a deadline takes one out.
TEST(DeliveryConcurrency, WaitsEndEachForItsOwnReason) {
    const Watchdog watchdog("many waiters", kPatience);
    Store store = Store::open(testing::memory_config()).value();
    constexpr int kWaiters = 24;
    std::stop_source stop;
    std::atomic<int> arrived{0};
    std::atomic<int> stopped{0};
    std::atomic<int> timed_out{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < kWaiters; ++i) {
        threads.emplace_back([&, i] {
            const Sequence place(static_cast<std::uint64_t>(i / 3));
            const Sequence never(1'000'000);
            const auto now = std::chrono::steady_clock::now();
            if (i % 3 == 0) arrived += store.wait_visible(place, soon()).value() ? 1 : 0;
            if (i % 3 == 1)
                stopped += store.wait_visible(never, soon(), stop.get_token()).value() ? 0 : 1;
            if (i % 3 == 2)
                timed_out +=
                    store.wait_visible(never, now + std::chrono::milliseconds(i)).value() ? 0 : 1;
        });
    }
    write(store, 0, kWaiters / 3);
    stop.request_stop();
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(arrived.load(), kWaiters / 3);
    EXPECT_EQ(stopped.load(), kWaiters / 3);
    EXPECT_EQ(timed_out.load(), kWaiters / 3);
}

// Subscriptions come and go beside a writer: nothing of them stays.
TEST(DeliveryConcurrency, SubscriptionsComeAndGo) {
    const Watchdog watchdog("subscriptions that come and go", kPatience);
    Store store = Store::open(testing::memory_config().with_sync_every_n_events(1000)).value();
    std::atomic<bool> over{false};
    std::thread writer([&] {
        while (!over.load()) write(store, 0, 20);
    });
    std::vector<std::thread> listeners;
    for (int i = 0; i < 2; ++i) {
        listeners.emplace_back([&] {
            for (int round = 0; round < 100; ++round) {
                Subscription live = store.subscribe_lossy(kAll, {.capacity = 2}).value();
                std::uint64_t last = 0;
                for (int taken = 0; taken < 5; ++taken) {
                    const auto item = live.next(soon()).value();
                    if (item->lag() != nullptr) continue;
                    EXPECT_TRUE(last == 0 || (*item)->sequence().value > last);
                    last = (*item)->sequence().value;
                    EXPECT_TRUE(store.find((*item)->sequence())) << "it can be read";
                }
            }
        });
    }
    for (std::thread& listener : listeners) listener.join();
    over.store(true);
    writer.join();
    EXPECT_EQ(store.stats().subscriptions, 0U);
}

}  // namespace
}  // namespace batpak
