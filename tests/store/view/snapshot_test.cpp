#include "store/view/snapshot.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "support/store/sample_index.hpp"

namespace batpak::store {
namespace {

std::shared_ptr<const RunHandle> run_from(std::uint64_t first) {
    LogRun run;
    run.first = run.end = Sequence(first);
    run.header.segment_id = first + 1;
    return std::make_shared<RunHandle>(
        run, std::make_shared<const MemoryIndex>(Sequence(first), testing::kKeyHash));
}

Snapshot runs_from(std::initializer_list<std::uint64_t> firsts) {
    Snapshot snapshot;
    for (const std::uint64_t first : firsts) snapshot.runs.push_back(run_from(first));
    return snapshot;
}

TEST(Snapshot, FindsTheRunThatHoldsASequence) {
    const Snapshot snapshot = runs_from({0, 10, 25});
    for (std::uint64_t sequence = 0; sequence < 40; ++sequence) {
        const std::size_t run = sequence < 10 ? 0 : sequence < 25 ? 1 : 2;
        EXPECT_EQ(snapshot.run_of(Sequence(sequence)), run);
    }
    EXPECT_EQ(snapshot.run_of(Sequence(UINT64_MAX)), 2U);
}

TEST(Snapshot, PassesOverRunsWithoutEvents) {
    const Snapshot snapshot = runs_from({0, 0, 10, 10, 10, 20});
    EXPECT_EQ(snapshot.run_of(Sequence(0)), 1U);
    EXPECT_EQ(snapshot.run_of(Sequence(9)), 1U);
    EXPECT_EQ(snapshot.run_of(Sequence(10)), 4U);
    EXPECT_EQ(snapshot.run_of(Sequence(20)), 5U);
}

TEST(SnapshotCell, GivesTheLatestAndKeepsWhatWasGiven) {
    SnapshotCell cell;
    cell.set(runs_from({0}));
    const std::shared_ptr<const Snapshot> first = cell.get();
    cell.set(runs_from({0, 5}));
    EXPECT_EQ(first->runs.size(), 1U);
    EXPECT_EQ(cell.get()->runs.size(), 2U);
}

TEST(SnapshotCell, LetsGoOfWhatNobodyHolds) {
    SnapshotCell cell;
    cell.set(runs_from({0}));
    const std::weak_ptr<const Snapshot> first = cell.get();
    cell.set(runs_from({0, 5}));
    EXPECT_TRUE(first.expired());
}

TEST(SnapshotCell, EveryThreadSeesTheLatest) {
    SnapshotCell cell;
    cell.set(runs_from({0, 5, 9}));
    for (int i = 0; i < 16; ++i) {
        std::thread([&] { EXPECT_EQ(cell.get()->runs.size(), 3U); }).join();
    }
}

TEST(RunHandle, GivesTheIndexThatItHolds) {
    const auto handle = run_from(7);
    EXPECT_EQ(handle->index().value(), handle->memory().get());
    EXPECT_EQ(handle->first(), Sequence(7));
}

}  // namespace
}  // namespace batpak::store
