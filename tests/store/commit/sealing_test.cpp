// Goal:   the indexes of full segments get into files of their own, after which nothing of them is
//         in memory, and an open needs no scan; whatever fails on the way, the answers stay (INV
//         I3).
// Method: stores of small segments, looked at by the files in index/ and by what is in memory; a
//         disk that fails where an index is written.
#include "store/commit/sealing.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "batpak/testing/injectors.hpp"
#include "store/engine.hpp"
#include "support/store/one_group.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::store {
namespace {

struct SealingTest : testing::StoreFixture {
    SealingTest() { config = config.with_segment_bytes(4096); }

    static void append(const std::shared_ptr<Engine>& engine, int events) {
        for (int i = 0; i < events; ++i) {
            testing::GroupEvent event{testing::coordinate_of("player:" + std::to_string(i % 3))};
            event.payload = std::string(300, 'x');
            EXPECT_TRUE(testing::OneGroup(engine).commit(
                {testing::GroupItem{.events = {std::move(event)}}})[0]);
        }
    }
    std::vector<std::string> parts() const {
        std::vector<std::string> found;
        for (const std::string& path : disk->file_paths())
            if (path.ends_with(".bpx")) found.push_back(path.substr(path.rfind('/') + 1));
        return found;
    }
    // How many runs of a snapshot have their index in memory only.
    static std::size_t in_memory(Engine& engine) {
        const auto snapshot = engine.side()->snapshots().get();
        return static_cast<std::size_t>(std::ranges::count_if(
            snapshot->runs, [](const auto& handle) { return handle->memory() != nullptr; }));
    }
    // By the next open.
    std::uint64_t scanned() const {
        return Engine::open(config).value()->side()->report().frames_scanned;
    }
};

TEST_F(SealingTest, FullSegmentsHaveTheirIndexInAFile) {
    const auto engine = Engine::open(config).value();
    append(engine, 40);
    const std::uint64_t segments = engine->stats().segments;
    ASSERT_GT(segments, 2U);
    EXPECT_EQ(parts().size(), segments - 1);
    EXPECT_EQ(parts()[0], "1-0.bpx");
    EXPECT_EQ(in_memory(*engine), 1U);  // of the segment that is appended to
    EXPECT_EQ(engine->side()->pin().end, Sequence(40));
}

TEST_F(SealingTest, ACloseLeavesNothingToScan) {
    {
        const auto engine = Engine::open(config).value();
        append(engine, 5);
        ASSERT_TRUE(engine->close());
    }
    EXPECT_EQ(parts(), std::vector<std::string>{"1-0.bpx"});
    EXPECT_EQ(scanned(), 0U);
}

TEST_F(SealingTest, ManySmallPartsBecomeOne) {
    for (int round = 0; round < 7; ++round) {
        const auto engine = Engine::open(config).value();
        append(engine, 1);
        ASSERT_TRUE(engine->close());
        EXPECT_LE(parts().size(), 5U);
    }
    EXPECT_EQ(scanned(), 0U);
    EXPECT_EQ(Engine::open(config).value()->side()->pin().end, Sequence(7));
}

TEST_F(SealingTest, ACloseWithoutNewsWritesNothing) {
    {
        const auto engine = Engine::open(config).value();
        append(engine, 3);
        ASSERT_TRUE(engine->close());
    }
    const std::vector<std::string> before = parts();
    ASSERT_TRUE(Engine::open(config).value()->close());
    EXPECT_EQ(parts(), before);
}

TEST_F(SealingTest, WhatCannotBeStoredServesFromMemoryAndIsTriedAgain) {
    Environment environment{disk, clock, entropy};
    environment.faults = std::make_shared<testing::CountdownInjector>(
        testing::Countdown{.point = InjectionPoint::BeforeIndexPart}, testing::fail_io());
    config = config.with_environment(environment);
    const auto engine = Engine::open(config).value();
    append(engine, 20);
    const std::uint64_t segments = engine->stats().segments;
    ASSERT_GT(segments, 1U);
    append(engine, 20);
    EXPECT_GE(parts().size(), engine->stats().segments - 2);
    EXPECT_EQ(engine->side()->pin().end, Sequence(40));
    ASSERT_TRUE(engine->close());
    EXPECT_EQ(Engine::open(config).value()->side()->pin().end, Sequence(40));
}

}  // namespace
}  // namespace batpak::store
