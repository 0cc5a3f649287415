// Goal:   a compaction is seen by nobody: beside appenders, readers of every kind and another
//         handle that follows, no event is missing, repeated or changed (INV K3, K4, I5).
// Method: threads append numbered events over small segments while one compacts over and over, with
//         sizes that make it merge what was merged; readers walk the log, views, streams and their
//         own handle, and check that each event has the number that its sequence gives it. Under
//         the thread sanitizer it also proves that no field is shared by accident.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "batpak/store/read_only_store.hpp"
#include "batpak/testing/environment.hpp"
#include "support/store/store_fixture.hpp"
#include "support/watchdog.hpp"

namespace batpak::compaction_concurrency_test {
namespace {

using testing::coordinate_of;

constexpr std::chrono::seconds kPatience{120};
constexpr int kAppenders = 4;
constexpr std::uint64_t kEventsEach = 400;
const EventKind kKind = EventKind::custom(1, 7);

std::string entity_of(int appender) { return "appender:" + std::to_string(appender); }

// Payloads say the entity and the version, so that each event can be judged alone.
std::string payload_of(std::string_view entity, std::uint64_t version) {
    return std::string(entity) + '/' + std::to_string(version) + std::string(version % 90, '.');
}

class World {
public:
    World() {
        Environment environment = testing::memory_environment();
        config = StoreConfig("data")
                     .with_environment(environment)
                     .with_segment_bytes(4096)
                     .with_open_files_max(16);
        store.emplace(Store::open(config).value());
    }

    void append(int appender) {
        const Coordinate coordinate = coordinate_of(entity_of(appender));
        for (std::uint64_t version = 0; version < kEventsEach; ++version) {
            // However the threads are scheduled, what was appended is compacted again and again.
            while (rounds.load() < version / 50) std::this_thread::yield();
            const std::string payload = payload_of(coordinate.entity(), version);
            const auto durability = version % 16 == 0 ? Durability::Durable : Durability::Buffered;
            ASSERT_TRUE(store->append_raw(coordinate, kKind, as_bytes(payload),
                                          {.durability = durability}));
        }
        ++done;
    }
    bool is_done() const { return done.load() == kAppenders; }
    // Until there is something new to compact.
    void await_events() const {
        const std::uint64_t wanted = 100 * (rounds.load() + 1);
        while (!is_done() && store->visible_end().value < wanted) std::this_thread::yield();
    }

    StoreConfig config{"data"};
    std::optional<Store> store;
    std::atomic<int> done{0};
    std::atomic<std::uint64_t> rounds{0};  // of compaction
};

// Every event of the log, in order, with nothing between.
void walk(const StoreReads& log) {
    std::map<std::string, std::uint64_t> versions;
    std::uint64_t next = 0;
    const std::uint64_t end = log.visible_end().value;
    for (const auto& event : log.query(Region::all().before(Sequence(end)))) {
        ASSERT_TRUE(event) << event.error().to_string();
        ASSERT_EQ(event->sequence().value, next++);
        const std::string entity(event->entity);
        ASSERT_EQ(event->version().value, versions[entity]++);
        ASSERT_EQ(as_text(event->payload), payload_of(entity, event->version().value));
    }
    ASSERT_EQ(next, end);
}

void walk_streams(const StoreReads& log) {
    for (int appender = 0; appender < kAppenders; ++appender) {
        std::uint64_t next = 0;
        for (const auto& event : log.query(Region::entity(entity_of(appender)))) {
            ASSERT_TRUE(event) << event.error().to_string();
            ASSERT_EQ(event->version().value, next++);
        }
    }
}

TEST(CompactionConcurrency, NobodySeesIt) {
    World world;
    const testing::Watchdog watchdog("appends beside a compaction", kPatience);
    std::vector<std::thread> threads;
    for (int appender = 0; appender < kAppenders; ++appender)
        threads.emplace_back([&world, appender] { world.append(appender); });
    threads.emplace_back([&] {
        while (!world.is_done()) walk(*world.store);
    });
    threads.emplace_back([&] {
        const StoreView early = world.store->before(Sequence(world.store->visible_end()));
        while (!world.is_done()) {
            walk(early);
            walk_streams(*world.store);
        }
    });
    threads.emplace_back([&] {
        ReadOnlyStore reader = ReadOnlyStore::open(world.config).value();
        while (!world.is_done()) {
            const auto refreshed = reader.refresh();
            ASSERT_TRUE(refreshed) << refreshed.error().to_string();
            walk(reader);
            walk_streams(reader);
        }
    });
    std::uint64_t merged = 0;
    while (!world.is_done()) {
        world.await_events();
        const std::uint64_t round = world.rounds + 1;
        const std::uint64_t bytes_max = round % 3 == 0 ? 1U << 20 : 16'000U * (1 + round % 4);
        const auto report = world.store->compact(Merge{.bytes_max = bytes_max});
        ASSERT_TRUE(report) << report.error().to_string();
        ASSERT_FALSE(report->cleanup_pending);
        merged += report->segments_merged;
        world.rounds = round;
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_TRUE(world.store->compact());
    walk(*world.store);
    EXPECT_FALSE(world.store->verify().value().damage);
    EXPECT_EQ(world.store->visible_end().value, kAppenders * kEventsEach);
    EXPECT_GT(merged, 8U);
    ASSERT_TRUE(std::move(*world.store).close());
    walk(ReadOnlyStore::open(world.config).value());
}

// Snapshots of both kinds, while segments come and go.
TEST(CompactionConcurrency, CopiesAreOfTheirMoment) {
    World world;
    const testing::Watchdog watchdog("appends beside a compaction", kPatience);
    std::vector<std::thread> threads;
    for (int appender = 0; appender < kAppenders; ++appender)
        threads.emplace_back([&world, appender] { world.append(appender); });
    const auto copy = [&world](const StoreReads&, const auto& snapshot, const std::string& name) {
        for (int number = 0; !world.is_done(); ++number) {
            const std::string path = name + std::to_string(number);
            const Result<SnapshotReport> report = snapshot(path);
            ASSERT_TRUE(report) << report.error().to_string();
            const auto copied =
                ReadOnlyStore::open(StoreConfig(path).with_environment(world.config.environment()));
            ASSERT_TRUE(copied) << copied.error().to_string();
            ASSERT_EQ(copied->visible_end(), report->end);
            walk(*copied);
        }
    };
    threads.emplace_back([&] {
        copy(
            *world.store, [&](const std::string& path) { return world.store->snapshot(path); },
            "own");
    });
    threads.emplace_back([&] {
        ReadOnlyStore reader = ReadOnlyStore::open(world.config).value();
        copy(
            reader,
            [&](const std::string& path) -> Result<SnapshotReport> {
                BATPAK_CHECK(reader.refresh());
                return reader.snapshot(path);
            },
            "reader");
    });
    while (!world.is_done()) {
        world.await_events();
        const auto report = world.store->compact(Merge{.bytes_max = 64'000});
        ASSERT_TRUE(report) << report.error().to_string();
        ++world.rounds;
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_FALSE(world.store->compact().value().cleanup_pending);
    walk(*world.store);
}

}  // namespace
}  // namespace batpak::compaction_concurrency_test
