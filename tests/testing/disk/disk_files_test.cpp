// Goal:   the bytes of a file in the model of a disk are what was written as far as there was room,
//         and the model knows which sectors are not on the disk.
// Method: the model itself, whose dirty sectors are looked at.
#include <gtest/gtest.h>

#include <cerrno>

#include "support/file_helpers.hpp"
#include "testing/disk/disk_model.hpp"

namespace batpak::testing {
namespace {

class DiskFiles : public ::testing::Test {
protected:
    NodePointer make(std::string_view name) {
        return disk.open_file(*disk.root(), name, OpenMode::CreateNew).value();
    }

    Result<void> write(std::uint64_t offset, const std::string& text) {
        return disk.write(*file, offset, as_bytes(text));
    }

    std::string text() const { return std::string(as_text(file->content.bytes())); }

    DiskModel disk{DiskModel::Tracking::On, NameDurability::Strict};
    NodePointer file = make("file");
};

TEST_F(DiskFiles, ReadsWhatWasWrittenAndZerosBetween) {
    ASSERT_TRUE(write(3, "abc"));
    EXPECT_EQ(text(), std::string("\0\0\0abc", 6));
    Bytes into(9);
    EXPECT_EQ(disk.read(*file, 4, into), 2U);
    EXPECT_EQ(as_text(BytesView(into).first(2)), "bc");
    EXPECT_EQ(disk.read(*file, 6, into), 0U);
    EXPECT_EQ(disk.read(*file, UINT64_MAX, into), 0U);
    EXPECT_TRUE(write(1000, ""));
    EXPECT_EQ(disk.stat(*file).size_bytes, 6U);
}

TEST_F(DiskFiles, WritesWhatThereIsRoomFor) {
    disk.set_capacity(5);
    const auto written = write(0, "abcdefg");
    EXPECT_EQ(code_of(written), ErrorCode::DiskFull);
    EXPECT_EQ(os_error_of(written), ENOSPC);
    EXPECT_EQ(text(), "abcde");
    EXPECT_TRUE(write(0, "ABCDE"));  // over what is there
    EXPECT_EQ(disk.used_bytes(), 5U);
    EXPECT_EQ(code_of(disk.resize(*file, 6)), ErrorCode::DiskFull);
    EXPECT_EQ(code_of(disk.write(*make("other"), 0, as_bytes("x"))), ErrorCode::DiskFull);
    ASSERT_TRUE(disk.resize(*file, 2));
    EXPECT_TRUE(write(2, "cde"));
}

TEST_F(DiskFiles, NoFileIsLargerThanATestNeeds) {
    EXPECT_EQ(os_error_of(write(kModelFileBytesMax, "x")), EFBIG);
    EXPECT_EQ(os_error_of(write(UINT64_MAX, "x")), EFBIG);
    EXPECT_EQ(os_error_of(disk.resize(*file, kModelFileBytesMax + 1)), EFBIG);
    EXPECT_EQ(disk.stat(*file).size_bytes, 0U);
}

TEST_F(DiskFiles, AllocatingNeverCuts) {
    ASSERT_TRUE(disk.allocate(*file, 9));
    ASSERT_TRUE(disk.allocate(*file, 4));
    EXPECT_EQ(text(), std::string(9, '\0'));
}

TEST_F(DiskFiles, ASectorIsDirtyFromItsWriteToItsSync) {
    ASSERT_TRUE(disk.resize(*file, 3 * kSectorBytes));
    EXPECT_EQ(disk.unsynced_sectors(), 0U);  // zeros over nothing
    ASSERT_TRUE(write(kSectorBytes - 1, "ab"));
    EXPECT_EQ(disk.unsynced_sectors(), 2U);
    EXPECT_EQ(file->durable_size, 0U);
    disk.sync(*file);
    EXPECT_EQ(disk.unsynced_sectors(), 0U);
    EXPECT_EQ(file->durable_size, 3 * kSectorBytes);
    ASSERT_TRUE(write(kSectorBytes - 1, "a"));
    EXPECT_EQ(file->dirty.size(), 1U);
    EXPECT_EQ(disk.unsynced_sectors(), 0U);  // wrote what was there
    ASSERT_TRUE(disk.resize(*file, 0));
    EXPECT_EQ(file->dirty.size(), 2U);  // what is cut off is on the disk until a sync
    disk.sync(*file);
    EXPECT_TRUE(file->dirty.empty());
}

TEST_F(DiskFiles, WhatAFailedSyncDroppedNoLaterSyncWrites) {
    ASSERT_TRUE(write(0, "abc"));
    disk.drop_unsynced(*file);
    disk.sync(*file);
    EXPECT_EQ(disk.unsynced_sectors(), 1U);
    ASSERT_TRUE(write(0, "abc"));  // only another write makes it dirty again
    disk.sync(*file);
    EXPECT_EQ(disk.unsynced_sectors(), 0U);
}

TEST_F(DiskFiles, WhatIsMappedWritableMayHaveBeenWritten) {
    ASSERT_TRUE(write(0, "abc"));
    EXPECT_EQ(code_of(disk.map(*file, 4, true)), ErrorCode::InvalidArgument);
    EXPECT_EQ(code_of(disk.map(*file, 0, true)), ErrorCode::InvalidArgument);
    const MutableBytesView bytes = disk.map(*file, 3, true).value();
    disk.sync(*file);
    bytes[0] = std::byte{'x'};
    EXPECT_EQ(disk.unsynced_sectors(), 1U);
    disk.unmap(*file, 3, true);
    disk.sync(*file);
    EXPECT_EQ(disk.unsynced_sectors(), 0U);
    EXPECT_EQ(text(), "xbc");
}

TEST_F(DiskFiles, ABitFlipsInMemoryAndOnTheDisk) {
    ASSERT_TRUE(write(0, "a"));
    disk.sync(*file);
    ASSERT_TRUE(write(0, "b"));
    disk.flip_bit(*file, 0, 5);
    EXPECT_EQ(text(), "B");
    EXPECT_EQ(file->dirty.at(0).durable[0], std::byte{'A'});
}

TEST_F(DiskFiles, WithoutTrackingNothingIsRemembered) {
    DiskModel plain(DiskModel::Tracking::Off, NameDurability::Strict);
    const NodePointer node = plain.open_file(*plain.root(), "f", OpenMode::CreateNew).value();
    ASSERT_TRUE(plain.write(*node, 0, as_bytes("abc")));
    EXPECT_TRUE(node->dirty.empty());
    EXPECT_TRUE(plain.root()->pending.empty());
}

}  // namespace
}  // namespace batpak::testing
