// Goal:   a reader knows its log again by the last frame that it took, and knows any other from it
//         (INV I7).
// Method: a segment with one bit of every part changed, cut, continued, and gone.
#include "store/log/witness.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "batpak/testing/environment.hpp"
#include "batpak/testing/simulated_file_system.hpp"
#include "support/file_helpers.hpp"
#include "support/store/segment_builder.hpp"

namespace batpak::store::witness_test {
namespace {

using testing::code_of;

constexpr const char* kPath = "data/segments/000000000001.bpk";

struct WitnessTest : ::testing::Test {
    WitnessTest() {
        builder.event().event().event();
        Environment environment = testing::simulated_environment(1);
        environment.files = disk;
        directory =
            StoreDirectory::open_for_writing(StoreConfig("data").with_environment(environment))
                .value();
        write(builder.bytes());
        witness.segment = builder.header();
        witness.offset = builder.offsets[1];
        std::ranges::copy(builder.bytes().subspan(witness.offset, kFrameHeaderBytes),
                          witness.head.begin());
    }

    void write(BytesView bytes) { testing::must(disk->put(kPath, bytes)); }
    bool stands() { return still_stands(*directory, witness).value(); }

    std::shared_ptr<testing::SimulatedFileSystem> disk =
        std::make_shared<testing::SimulatedFileSystem>(1, testing::SimulatedDisk{});
    std::unique_ptr<StoreDirectory> directory;
    testing::SegmentBuilder builder{Sequence(0)};
    Witness witness;
};

TEST_F(WitnessTest, StandsWhereItsFrameIs) {
    EXPECT_TRUE(stands());
    builder.event().mark().zeros(1000);
    write(builder.bytes());
    EXPECT_TRUE(stands());
}

TEST_F(WitnessTest, WhatComesAfterItDoesNotMatter) {
    write(builder.bytes().first(builder.offsets[2]));
    EXPECT_TRUE(stands());
    write(builder.bytes().first(builder.offsets[1] + kFrameHeaderBytes));
    EXPECT_TRUE(stands());
}

TEST_F(WitnessTest, EveryBitOfTheHeaderAndOfItsHeadMatters) {
    for (std::uint64_t offset = 0; offset < SegmentHeader::kBytes; ++offset) {
        ASSERT_TRUE(disk->flip_bit(kPath, offset, offset % 8));
        EXPECT_FALSE(stands()) << offset;
        ASSERT_TRUE(disk->flip_bit(kPath, offset, offset % 8));
    }
    for (std::uint64_t i = 0; i < kFrameHeaderBytes; ++i) {
        ASSERT_TRUE(disk->flip_bit(kPath, witness.offset + i, i % 8));
        EXPECT_FALSE(stands()) << i;
        ASSERT_TRUE(disk->flip_bit(kPath, witness.offset + i, i % 8));
    }
    EXPECT_TRUE(stands());
}

TEST_F(WitnessTest, IsGoneWhereTheFileIsCutOrMissing) {
    for (const std::uint64_t bytes :
         {std::uint64_t{0}, std::uint64_t{95}, witness.offset, witness.offset + 9}) {
        write(builder.bytes().first(bytes));
        EXPECT_FALSE(stands()) << bytes;
    }
    ASSERT_TRUE(disk->erase(kPath));
    EXPECT_FALSE(stands());
}

TEST_F(WitnessTest, WithoutAFrameOnlyTheSegmentIsKnown) {
    witness.offset = 0;
    write(builder.bytes().first(SegmentHeader::kBytes));
    EXPECT_TRUE(stands());
    ASSERT_TRUE(disk->flip_bit(kPath, 60, 1));
    EXPECT_FALSE(stands());
}

TEST_F(WitnessTest, ADiskThatCannotReadIsNoAnswer) {
    disk->fail_next(testing::CallKind::Read, testing::Fault::io());
    EXPECT_EQ(code_of(still_stands(*directory, witness)), ErrorCode::Io);
}

}  // namespace
}  // namespace batpak::store::witness_test
