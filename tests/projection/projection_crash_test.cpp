// Goal:   no power cut makes a file cache change an answer (INV P3): not by a torn file, not by one
//         that is older or newer than the log that the cut has left.
// Method: a store and its file cache lie on one simulated disk, and the power is cut at each of its
//         calls, before and after; files that were not synced keep any part of their sectors. Then
//         what is left of the log is folded by hand, and through what is left of the cache.
#include <gtest/gtest.h>

#include "batpak/projection/project.hpp"
#include "batpak/projection/projection_cache.hpp"
#include "batpak/projection/projector.hpp"
#include "batpak/testing/environment.hpp"
#include "batpak/testing/simulated_file_system.hpp"
#include "support/seeds.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak {
namespace {

using testing::CrashMoment;
using testing::Moved;

using Disk = std::shared_ptr<testing::SimulatedFileSystem>;

struct Trace {
    static constexpr auto projection = projection_of<Moved>("trace", 1);
    std::vector<int> xs;
    std::string filler;  // so that a record has several sectors
    void on(const Moved& moved) {
        xs.push_back(moved.x);
        filler.assign(3000, static_cast<char>('a' + moved.x % 26));
    }
    friend bool operator==(const Trace&, const Trace&) = default;
};

struct World {
    std::shared_ptr<Projector> projector;
    Result<Store> store;
};

World open(const Disk& disk, std::uint64_t seed) {
    const Environment environment{
        disk, std::make_shared<testing::ManualClock>(testing::ManualClock::kStartUs),
        std::make_shared<testing::SeededEntropy>(seed)};
    ProjectorOptions options;
    options.memory_bytes_max = 0;
    options.write_every_n_events = 1;
    if (auto cache = FileCache::open("states", environment)) options.cache = *cache;
    auto projector = std::make_shared<Projector>(options);
    return {projector, Store::open(StoreConfig("data")
                                       .with_environment(environment)
                                       .with_sync_every_n_events(3)
                                       .with_segment_bytes(4096)
                                       .with_projector(projector))};
}

// Appends and projects until something fails.
void work(const Disk& disk, std::uint64_t seed, int first_x) {
    World world = open(disk, seed);
    if (!world.store) return;
    for (int x = first_x; x < first_x + 6; ++x) {
        if (!world.store->append(testing::coordinate_of("player:alice"), Moved{x, 0})) return;
        if (!world.store->project<Trace>("player:alice")) return;
    }
}

std::optional<Trace> fold_by_hand(const Store& store) {
    std::optional<Trace> trace;
    for (const auto& event : store.stream("player:alice")) {
        if (!trace) trace.emplace();
        trace->on(event.value().as<Moved>().value());
    }
    return trace;
}

TEST(ProjectionCrash, AFileCacheThatLostPowerChangesNoAnswer) {
    std::uint64_t crashes = 0;
    std::uint64_t used = 0;
    std::uint64_t not_used = 0;
    const std::uint64_t cuts = testing::crashes_to_make(3, 1);
    for (std::uint64_t call = 0;; ++call) {
        bool reached = false;
        for (const CrashMoment moment : {CrashMoment::BeforeCall, CrashMoment::AfterCall}) {
            const auto disk =
                std::make_shared<testing::SimulatedFileSystem>(1, testing::SimulatedDisk{});
            disk->crash_at(call, moment);
            work(disk, 1, 0);
            if (!disk->crashed()) continue;
            reached = true;
            for (std::uint64_t cut = 0; cut < cuts; ++cut) {
                SCOPED_TRACE("call " + std::to_string(call) + ", cut " + std::to_string(cut));
                const Disk left = disk->after_power_cut(
                    {.mode = testing::CutMode::Random, .seed = call * 100 + cut});
                // Other events follow at the sequences of those that were lost.
                for (const std::uint64_t life : {2U, 3U}) {
                    World world = open(left, life * 1000 + call);
                    ASSERT_TRUE(world.store.has_value());
                    EXPECT_EQ(world.store->project<Trace>("player:alice").value(),
                              fold_by_hand(*world.store));
                    const ProjectorStats stats = world.projector->stats();
                    used += stats.cache_hits;
                    not_used += stats.refused + stats.failures;
                    ASSERT_TRUE(std::move(*world.store).close().has_value());
                    work(left, life * 5000 + call, 50 * static_cast<int>(life));
                }
                ++crashes;
            }
            if (::testing::Test::HasFailure()) return;
        }
        if (!reached) break;
    }
    // The test is worth something only if states were used, and others were refused.
    EXPECT_GT(crashes, 100U);
    EXPECT_GT(used, 50U);
    EXPECT_GT(not_used, 10U);
    RecordProperty("crashes", std::to_string(crashes));
}

}  // namespace
}  // namespace batpak
