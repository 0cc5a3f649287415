#include "store/log/segment_files.hpp"

#include <gtest/gtest.h>

#include "batpak/testing/environment.hpp"
#include "batpak/testing/simulated_file_system.hpp"
#include "support/file_helpers.hpp"

namespace batpak::store {
namespace {

using testing::CallKind;

struct SegmentFilesTest : ::testing::Test {
    SegmentFilesTest() {
        Environment environment = testing::simulated_environment(1);
        environment.files = disk;
        directory =
            StoreDirectory::open_for_writing(StoreConfig("data").with_environment(environment))
                .value();
        for (std::uint64_t id = 1; id <= 9; ++id) {
            EXPECT_TRUE(directory->create_segment({.segment_id = id}, 96));
        }
        opened_before = opened_so_far();
    }

    std::uint64_t opened_so_far() const {
        std::uint64_t count = 0;
        for (const testing::Call& call : disk->trace())
            count += call.kind == CallKind::OpenFile ? 1U : 0U;
        return count;
    }
    std::uint64_t opened() const { return opened_so_far() - opened_before; }

    static std::uint64_t id_in(File& file) {
        std::array<std::byte, SegmentHeader::kBytes> bytes;
        EXPECT_TRUE(file.read_at(0, bytes));
        return SegmentHeader::decode(bytes)->segment_id;
    }

    std::shared_ptr<testing::SimulatedFileSystem> disk =
        std::make_shared<testing::SimulatedFileSystem>(1, testing::SimulatedDisk{});
    std::unique_ptr<StoreDirectory> directory;
    std::uint64_t opened_before = 0;
};

TEST_F(SegmentFilesTest, OpensEachFileOnceAndReadsTheRightOne) {
    SegmentFiles files(*directory, 9);
    for (int round = 0; round < 3; ++round) {
        for (std::uint64_t id = 1; id <= 9; ++id) EXPECT_EQ(id_in(**files.get(id)), id);
    }
    EXPECT_EQ(opened(), 9U);
}

TEST_F(SegmentFilesTest, LetsGoOfWhatWasUsedLongestAgo) {
    SegmentFiles files(*directory, 3);
    for (const std::uint64_t id : {1U, 2U, 3U, 1U, 4U}) EXPECT_TRUE(files.get(id));  // 2 goes
    EXPECT_EQ(opened(), 4U);
    for (const std::uint64_t id : {1U, 3U, 4U}) EXPECT_TRUE(files.get(id));
    EXPECT_EQ(opened(), 4U);
    EXPECT_TRUE(files.get(2));  // 1 goes
    EXPECT_EQ(opened(), 5U);
    for (const std::uint64_t id : {3U, 4U, 2U}) EXPECT_TRUE(files.get(id));
    EXPECT_EQ(opened(), 5U);
}

TEST_F(SegmentFilesTest, WhatWasHandedOutStaysUsable) {
    SegmentFiles files(*directory, 1);
    const std::shared_ptr<File> first = files.get(1).value();
    for (std::uint64_t id = 2; id <= 9; ++id) EXPECT_TRUE(files.get(id));
    EXPECT_EQ(first.use_count(), 1);
    EXPECT_EQ(id_in(*first), 1U);
}

TEST_F(SegmentFilesTest, KeepsNothingOfAFailure) {
    SegmentFiles files(*directory, 3);
    disk->fail_next(CallKind::OpenFile, testing::Fault::io());
    EXPECT_EQ(testing::code_of(files.get(1)), ErrorCode::Io);
    EXPECT_TRUE(files.get(1));
    EXPECT_EQ(testing::code_of(files.get(77)), ErrorCode::MissingSegment);
}

TEST_F(SegmentFilesTest, MapsEachFileOnceAndWhole) {
    SegmentFiles files(*directory, 2);
    const std::shared_ptr<Mapping> mapping = files.map(3).value();
    EXPECT_EQ(files.map(3).value(), mapping);
    EXPECT_EQ(opened(), 1U);
    EXPECT_EQ(mapping->bytes().size(), files.get(3).value()->stat()->size_bytes);
    for (const std::uint64_t id : {4U, 5U}) EXPECT_TRUE(files.map(id));  // 3 goes
    EXPECT_EQ(SegmentHeader::decode(mapping->bytes())->segment_id, 3U);
    EXPECT_NE(files.map(3).value(), mapping);
}

TEST_F(SegmentFilesTest, SaysWhyAFileCannotBeMapped) {
    SegmentFiles files(*directory, 2);
    EXPECT_EQ(testing::code_of(files.map(77)), testing::code_of(files.get(77)));
}

}  // namespace
}  // namespace batpak::store
