// Goal:   whoever projects or watches while others append sees a fold of the log that is at least
// as
//         new as when he asked, and in the end all of it (INV P3, P4).
// Method: one writer, and readers of several kinds, with one Projector among them; each state is a
//         count and a sum that belong together, so that one event too many or too few shows.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "batpak/projection/project.hpp"
#include "batpak/projection/projector.hpp"
#include "batpak/projection/watch.hpp"
#include "batpak/testing/environment.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak {
namespace {

using testing::coordinate_of;
using testing::Moved;

struct Path {
    static constexpr auto projection = projection_of<Moved>("path", 1);
    std::int64_t moves = 0;
    std::int64_t sum = 0;
    void on(const Moved& moved) {
        ++moves;
        sum += moved.x;
    }
    bool is_whole() const { return sum == moves * (moves + 1) / 2; }
};

constexpr int kEvents = 400;

std::chrono::steady_clock::time_point soon() {
    return std::chrono::steady_clock::now() + std::chrono::seconds(60);
}

struct ProjectionConcurrency : ::testing::Test {
    ProjectionConcurrency() {
        ProjectorOptions options;
        options.memory_bytes_max = 2000;
        config = testing::memory_config().with_projector(std::make_shared<Projector>(options));
        store.emplace(Store::open(config).value());
    }
    void write() {
        for (int i = 1; i <= kEvents; ++i) {
            EXPECT_TRUE(store->append(alice, Moved{i, 0}).has_value());
            appended.store(i);
            EXPECT_TRUE(store->append(bob, Moved{0, 0}).has_value());
        }
    }

    StoreConfig config{""};
    std::optional<Store> store;
    Coordinate alice = coordinate_of("player:alice");
    Coordinate bob = coordinate_of("player:bob");
    std::atomic<int> appended{0};
};

TEST_F(ProjectionConcurrency, ReadersSeeWholeStatesThatNeverGoBack) {
    std::vector<std::jthread> readers;
    for (int reader = 0; reader < 3; ++reader) {
        readers.emplace_back([this, reader] {
            std::int64_t seen = 0;
            while (seen < kEvents) {
                const int before = appended.load();
                const auto path = store->project<Path>("player:alice").value();
                if (!path) continue;
                EXPECT_TRUE(path->is_whole());
                EXPECT_GE(path->moves, before);
                EXPECT_GE(path->moves, seen);
                seen = path->moves;
                if (reader == 0) {
                    // Of the events that were seen the last one: the next may not be there yet.
                    const auto past = store->as_of(Sequence(static_cast<std::uint64_t>(seen - 1)));
                    EXPECT_TRUE(past.project<Path>("player:alice").value()->is_whole());
                }
                if (reader == 1) {
                    const auto stale = Freshness::maybe_stale(std::chrono::seconds(1));
                    EXPECT_TRUE(store->project<Path>("player:alice", stale).value()->is_whole());
                }
                if (HasFailure()) return;
            }
        });
    }
    write();
}

TEST_F(ProjectionConcurrency, WatchesArriveAtTheLastState) {
    std::vector<std::jthread> watchers;
    std::atomic<int> answers{0};
    for (int watcher = 0; watcher < 3; ++watcher) {
        watchers.emplace_back([this, &answers] {
            ProjectionWatch<Path> watch(*store, "player:alice");
            std::int64_t seen = 0;
            while (seen < kEvents) {
                const auto path = watch.next(soon()).value();
                ASSERT_TRUE(path.has_value());
                EXPECT_TRUE(path->is_whole());
                EXPECT_GT(path->moves, seen);  // never twice the same
                seen = path->moves;
                ++answers;
            }
        });
    }
    write();
    watchers.clear();
    EXPECT_LE(answers.load(), 3 * kEvents);
}

TEST_F(ProjectionConcurrency, WatchesEndWithTheirStore) {
    ASSERT_TRUE(store->append(alice, Moved{1, 0}).has_value());
    std::atomic<bool> waiting{false};
    std::jthread watcher([&] {
        ProjectionWatch<Path> watch(*store, "player:alice");
        EXPECT_EQ(watch.next(soon()).value()->moves, 1);
        waiting = true;
        EXPECT_EQ(watch.next(soon()).error().code(), ErrorCode::Closed);
    });
    while (!waiting) std::this_thread::yield();
    EXPECT_TRUE(std::move(*store).close().has_value());
}

TEST_F(ProjectionConcurrency, WatchesPutEventsTogetherThatNobodyWaitedFor) {
    ProjectionWatch<Path> watch(*store, "player:alice");
    EXPECT_FALSE(watch.next(std::chrono::steady_clock::now()).value().has_value());
    write();
    EXPECT_EQ(watch.next(soon()).value()->moves, kEvents);
    EXPECT_FALSE(watch.next(std::chrono::steady_clock::now()).value().has_value());
    EXPECT_EQ(watch.end(), store->visible_end());
    std::stop_source stop;
    stop.request_stop();
    EXPECT_FALSE(watch.next(soon(), stop.get_token()).value().has_value());
}

// What cannot be folded is said by every call, and lost by none.
TEST_F(ProjectionConcurrency, WatchesStopAtAnEventThatTheyCannotRead) {
    auto watch = watch_projection<Path>(*store, "player:alice");
    ASSERT_TRUE(store->append(alice, Moved{1, 0}).has_value());
    EXPECT_EQ(watch.next(soon()).value()->moves, 1);
    ASSERT_TRUE(store->append_raw(alice, Moved::kind, as_bytes("\xC1")).has_value());
    for (int i = 0; i < 2; ++i) {
        const auto next = watch.next(soon());
        EXPECT_EQ(next.error().code(), ErrorCode::DecodeFailed);
        EXPECT_EQ(next.error().sequence(), Sequence(1));
    }
}

}  // namespace
}  // namespace batpak
