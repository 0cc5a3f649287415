#include "store/log/segment_writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "batpak/testing/injectors.hpp"
#include "batpak/testing/simulated_file_system.hpp"
#include "store/frame/limits.hpp"
#include "support/faults/throwing_assert.hpp"
#include "support/file_helpers.hpp"

namespace batpak::store {
namespace {

using testing::CallKind;
using testing::code_of;
using testing::Fault;

constexpr std::uint64_t kHeader = SegmentHeader::kBytes;
constexpr std::uint64_t kSegmentBytes = 1U << 20;
constexpr const char* kPath = "store/segment";

// A writer at the end of a header, on a simulated disk.
struct SegmentWriterTest : ::testing::Test {
    SegmentWriterTest()
        : directory(disk->open_directory("store", true).value()), writer(make_writer()) {}

    SegmentWriter make_writer() {
        auto file = directory->open_file("segment", OpenMode::CreateNew).value();
        EXPECT_TRUE(file->write_at(0, SegmentHeader{}.encode()));
        return {std::move(file), SegmentHeader{}, kHeader, kHeader, kSegmentBytes, nullptr};
    }

    Bytes content() const { return disk->contents(kPath).value(); }
    std::uint64_t size() const { return content().size(); }

    std::shared_ptr<testing::SimulatedFileSystem> disk =
        std::make_shared<testing::SimulatedFileSystem>(1, testing::SimulatedDisk{});
    std::unique_ptr<Directory> directory;
    SegmentWriter writer;
};

TEST(SegmentWriter, ReservesInStepsThatGrowWithTheFile) {
    constexpr std::uint64_t kKiB = 1024;
    constexpr std::uint64_t kMiB = 1024 * kKiB;
    const auto target = [](std::uint64_t used, std::uint64_t bytes, std::uint64_t segment) {
        return SegmentWriter::reserve_target(used, bytes, segment);
    };
    EXPECT_EQ(target(96, 0, 64 * kMiB), 96 + 64 * kKiB);
    EXPECT_EQ(target(64 * kKiB, 1, 64 * kMiB), 128 * kKiB);
    EXPECT_EQ(target(kMiB, 1, 64 * kMiB), 2 * kMiB);
    EXPECT_EQ(target(9 * kMiB, 1, 64 * kMiB), 13 * kMiB);
    EXPECT_EQ(target(63 * kMiB, 1, 64 * kMiB), 64 * kMiB);  // never beyond the segment ...
    EXPECT_EQ(target(96, 0, 4096), 4096U);
    EXPECT_EQ(target(96, 9 * kMiB, 4096), 96 + 9 * kMiB);  // ... but for what must be written
}

TEST_F(SegmentWriterTest, WritesBehindTheHeaderIntoReservedSpace) {
    ASSERT_TRUE(writer.write(as_bytes("first")));
    ASSERT_TRUE(writer.write(as_bytes("second")));
    EXPECT_EQ(writer.offset(), kHeader + 11);
    EXPECT_EQ(size(), kHeader + (64U << 10));
    EXPECT_EQ(as_text(content()).substr(kHeader, 12), std::string_view("firstsecond\0", 12));
    ASSERT_TRUE(writer.sync(SyncMode::Data));
    ASSERT_TRUE(writer.finish());
    EXPECT_EQ(size(), kHeader + 11);
    EXPECT_FALSE(writer.broken());
}

TEST_F(SegmentWriterTest, IsNeverFullBeforeItsFirstFrame) {
    EXPECT_FALSE(writer.is_full_for(kSegmentBytes * 2));
    ASSERT_TRUE(writer.write(as_bytes("x")));
    EXPECT_FALSE(writer.is_full_for(kSegmentBytes - kHeader - 1));
    EXPECT_TRUE(writer.is_full_for(kSegmentBytes - kHeader));
}

TEST_F(SegmentWriterTest, ReservesOnceForManyWrites) {
    const std::uint64_t before = disk->calls();
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(writer.write(as_bytes("0123456789")));
    EXPECT_EQ(disk->calls() - before, 1001U);
}

TEST_F(SegmentWriterTest, WritesWithoutAStepAheadIfThatIsAllTheRoomThereIs) {
    disk->set_capacity(kHeader + 100);
    const Bytes some(100, std::byte{1});
    ASSERT_TRUE(writer.write(some));
    EXPECT_EQ(size(), kHeader + 100);
    EXPECT_EQ(code_of(writer.write(as_bytes("x"))), ErrorCode::DiskFull);
    EXPECT_FALSE(writer.broken());
    EXPECT_EQ(writer.offset(), kHeader + 100);
    disk->set_capacity(kSegmentBytes);
    EXPECT_TRUE(writer.write(as_bytes("x")));
}

// Where each append is synced, zeros ahead of the frames spare the syncs a change of metadata.
TEST_F(SegmentWriterTest, WritesZerosAheadWhereSyncsAreOften) {
    const Bytes frame(100, std::byte{1});
    ASSERT_TRUE(writer.write(frame));
    ASSERT_TRUE(writer.sync(SyncMode::Data));
    const std::uint64_t before = disk->calls();
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(writer.write(frame));
        ASSERT_TRUE(writer.sync(SyncMode::Data));
    }
    EXPECT_EQ(disk->calls() - before, 201U);  // a write and a sync each, and the zeros once
    EXPECT_EQ(size(), kHeader + (64U << 10));
    const Bytes all = content();
    EXPECT_TRUE(std::all_of(all.begin() + kHeader, all.begin() + kHeader + 101 * 100,
                            [](std::byte b) { return b == std::byte{1}; }));
    EXPECT_TRUE(std::all_of(all.begin() + kHeader + 101 * 100, all.end(),
                            [](std::byte b) { return b == std::byte{0}; }));
}

TEST_F(SegmentWriterTest, WritesNoZerosWhereMuchIsWrittenBetweenSyncs) {
    const Bytes frames(20'000, std::byte{1});
    ASSERT_TRUE(writer.write(frames));
    ASSERT_TRUE(writer.sync(SyncMode::Data));
    const std::uint64_t before = disk->calls();
    ASSERT_TRUE(writer.write(frames));
    EXPECT_EQ(disk->calls() - before, 1U);
}

TEST_F(SegmentWriterTest, ZerosThatCannotBeWrittenFailTheWriteAndLeaveNothing) {
    ASSERT_TRUE(writer.write(as_bytes("kept")));
    ASSERT_TRUE(writer.sync(SyncMode::Data));
    disk->fail_next(CallKind::Write, Fault::io());
    EXPECT_EQ(code_of(writer.write(as_bytes("lost"))), ErrorCode::Io);
    EXPECT_FALSE(writer.broken());
    EXPECT_EQ(writer.offset(), kHeader + 4);
    ASSERT_TRUE(writer.write(as_bytes("next")));
    EXPECT_EQ(as_text(content()).substr(kHeader, 9), std::string_view("keptnext\0", 9));
}

TEST_F(SegmentWriterTest, TakesBackWhatAFailedWriteLeft) {
    ASSERT_TRUE(writer.write(as_bytes("kept")));
    for (std::uint64_t written : {0U, 1U, 3U}) {
        disk->fail_next(CallKind::Write, Fault::short_write(written, Fault::disk_full()));
        EXPECT_EQ(code_of(writer.write(as_bytes("lost"))), ErrorCode::DiskFull);
        EXPECT_FALSE(writer.broken());
        EXPECT_EQ(writer.offset(), kHeader + 4);
        EXPECT_EQ(size(), kHeader + 4);
    }
    // Not even a power cut brings back a part of it.
    const auto after = disk->after_power_cut({.mode = testing::CutMode::None});
    EXPECT_FALSE(as_text(after->contents(kPath).value_or(Bytes{})).ends_with("los"));
    ASSERT_TRUE(writer.write(as_bytes("next")));
    EXPECT_EQ(as_text(content()).substr(kHeader, 8), "keptnext");
}

TEST_F(SegmentWriterTest, IsBrokenIfAFailedWriteCannotBeTakenBack) {
    for (const CallKind kind : {CallKind::Resize, CallKind::Sync}) {
        auto other = disk->open_directory("other" + std::to_string(int(kind)), true).value();
        SegmentWriter fresh(other->open_file("segment", OpenMode::CreateNew).value(),
                            SegmentHeader{}, kHeader, kHeader, kSegmentBytes, nullptr);
        disk->fail_next(CallKind::Write, Fault::io());
        disk->fail_next(kind, Fault::io());
        EXPECT_EQ(code_of(fresh.write(as_bytes("lost"))), ErrorCode::Io);
        EXPECT_TRUE(fresh.broken());
        const testing::ThrowingAssert throwing;
        EXPECT_THROW((void)fresh.write(as_bytes("more")), testing::AssertFailed);
        EXPECT_THROW((void)fresh.sync(SyncMode::Data), testing::AssertFailed);
        EXPECT_THROW((void)fresh.finish(), testing::AssertFailed);
    }
}

TEST_F(SegmentWriterTest, IsBrokenByAFailedSync) {
    ASSERT_TRUE(writer.write(as_bytes("what")));
    disk->fail_next(CallKind::Sync, Fault::io());
    EXPECT_EQ(testing::os_error_of(writer.sync(SyncMode::Data)), EIO);
    EXPECT_TRUE(writer.broken());
}

TEST_F(SegmentWriterTest, IsBrokenByAFailedSyncAtItsEndAndNotByAFailedCut) {
    ASSERT_TRUE(writer.write(as_bytes("what")));
    disk->fail_next(CallKind::Resize, Fault::io());
    EXPECT_EQ(code_of(writer.finish()), ErrorCode::Io);
    EXPECT_FALSE(writer.broken());
    ASSERT_TRUE(writer.write(as_bytes(" more")));
    disk->fail_next(CallKind::Sync, Fault::io());
    EXPECT_EQ(code_of(writer.finish()), ErrorCode::Io);
    EXPECT_TRUE(writer.broken());
    EXPECT_EQ(as_text(content()).substr(kHeader), "what more");
}

// What a failed reservation left behind the frames would be a wrong size of a sealed segment.
TEST_F(SegmentWriterTest, CutsOffWhatAFailedReservationLeft) {
    ASSERT_TRUE(writer.write(as_bytes("what")));
    ASSERT_TRUE(writer.finish());
    ASSERT_TRUE(writer.file().resize(kHeader + 1000));  // behind its back
    ASSERT_TRUE(writer.finish());
    EXPECT_EQ(size(), kHeader + 4);
}

TEST_F(SegmentWriterTest, AnInjectedFailureIsThatOfItsStep) {
    struct Row {
        InjectionPoint point;
        bool breaks;
    };
    for (const Row row :
         {Row{InjectionPoint::BeforeWrite, false}, Row{InjectionPoint::AfterWrite, false},
          Row{InjectionPoint::BeforeSync, true}, Row{InjectionPoint::AfterSync, true},
          Row{InjectionPoint::BeforeSeal, false}}) {
        SCOPED_TRACE(to_string(row.point));
        testing::CountdownInjector injector({.point = row.point}, testing::fail_io());
        auto other = disk->open_directory(std::string(to_string(row.point)), true).value();
        SegmentWriter fresh(other->open_file("segment", OpenMode::CreateNew).value(),
                            SegmentHeader{}, kHeader, kHeader, kSegmentBytes, &injector);
        auto answer = fresh.write(as_bytes("what"));
        if (answer) answer = fresh.sync(SyncMode::Data);
        if (answer) answer = fresh.finish();
        EXPECT_EQ(code_of(answer), ErrorCode::Io);
        EXPECT_TRUE(injector.fired());
        EXPECT_EQ(fresh.broken(), row.breaks);
        const bool is_written = row.breaks || row.point == InjectionPoint::BeforeSeal;
        EXPECT_EQ(fresh.offset() == kHeader, !is_written);
    }
}

TEST_F(SegmentWriterTest, RefusesWhatNoSegmentCanHold) {
    SegmentWriter end(directory->open_file("segment", OpenMode::ReadWrite).value(), SegmentHeader{},
                      kSegmentBytesMax - 3, kSegmentBytesMax, kSegmentBytesMax, nullptr);
    EXPECT_EQ(code_of(end.write(as_bytes("four"))), ErrorCode::PayloadTooLarge);
    EXPECT_FALSE(end.broken());
}

}  // namespace
}  // namespace batpak::store
