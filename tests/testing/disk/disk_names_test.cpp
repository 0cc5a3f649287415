// Goal:   names in the model of a disk change and become durable as its head says, and each refusal
//         is the error that FileSystem promises.
// Method: the model itself, whose pending changes and durable names are looked at.
#include <gtest/gtest.h>

#include <cerrno>

#include "support/file_helpers.hpp"
#include "testing/disk/disk_model.hpp"

namespace batpak::testing {
namespace {

std::string names_of(const Entries& entries) {
    std::string names;
    for (const auto& [name, node] : entries) names += name + ' ';
    return names;
}

class DiskNames : public ::testing::TestWithParam<NameDurability> {
protected:
    NodePointer make(Node& directory, std::string_view name) {
        return disk.open_file(directory, name, OpenMode::CreateNew).value();
    }

    DiskModel disk{DiskModel::Tracking::On, GetParam()};
    Node& root = *disk.root();
};

TEST_P(DiskNames, APathIsMadeAndFoundFromTheRoot) {
    EXPECT_EQ(code_of(disk.open_path("a/b", false)), ErrorCode::FileNotFound);
    const NodePointer made = disk.open_path("a/b", true).value();
    for (const std::string_view same : {"a/b", "/a/b", "./a//b/", "a/./b"})
        EXPECT_EQ(disk.open_path(same, false).value(), made) << same;
    EXPECT_EQ(disk.open_path("/", false).value(), disk.root());
    EXPECT_EQ(names_of(root.durable_entries), "a ");  // a path that is made is durable
    EXPECT_TRUE(root.pending.empty());
    EXPECT_EQ(code_of(disk.open_path("", true)), ErrorCode::InvalidArgument);
    EXPECT_EQ(code_of(disk.open_path(std::string_view("a\0b", 3), true)),
              ErrorCode::InvalidArgument);
    make(root, "file");
    EXPECT_EQ(code_of(disk.open_path("file/b", true)), ErrorCode::NotRegular);
}

TEST_P(DiskNames, OpeningSaysWhatIsInTheWay) {
    const NodePointer file = make(root, "file");
    EXPECT_EQ(disk.open_file(root, "file", OpenMode::ReadOnly).value(), file);
    const auto taken = disk.open_file(root, "file", OpenMode::CreateNew);
    EXPECT_EQ(code_of(taken), ErrorCode::Io);
    EXPECT_EQ(os_error_of(taken), EEXIST);
    EXPECT_EQ(code_of(disk.open_file(root, "none", OpenMode::ReadWrite)), ErrorCode::FileNotFound);
    EXPECT_TRUE(disk.open_directory(disk.root(), "folder", true));
    EXPECT_EQ(code_of(disk.open_file(root, "folder", OpenMode::ReadOnly)), ErrorCode::NotRegular);
    EXPECT_EQ(code_of(disk.open_directory(disk.root(), "file", false)), ErrorCode::NotRegular);
    EXPECT_EQ(code_of(disk.open_directory(disk.root(), "none", false)), ErrorCode::FileNotFound);
}

TEST_P(DiskNames, ARenameReplacesAFileAndNoDirectoryWithSomethingInIt) {
    const NodePointer moved = make(root, "new");
    const NodePointer replaced = make(root, "old");
    ASSERT_TRUE(disk.rename(root, "new", "old"));
    EXPECT_EQ(names_of(root.entries), "old ");
    EXPECT_EQ(root.entries.at("old"), moved);
    EXPECT_EQ(replaced->link_count, 0U);
    EXPECT_TRUE(disk.rename(root, "old", "old"));
    EXPECT_EQ(moved->link_count, 1U);
    EXPECT_EQ(code_of(disk.rename(root, "new", "old")), ErrorCode::FileNotFound);

    const NodePointer folder = disk.open_directory(disk.root(), "folder", true).value();
    EXPECT_EQ(os_error_of(disk.rename(root, "old", "folder")), EISDIR);
    EXPECT_EQ(os_error_of(disk.rename(root, "folder", "old")), ENOTDIR);
    make(*folder, "inner");
    ASSERT_TRUE(disk.open_directory(disk.root(), "other", true));
    EXPECT_EQ(os_error_of(disk.rename(root, "other", "folder")), ENOTEMPTY);
    EXPECT_TRUE(disk.rename(root, "folder", "other"));
    EXPECT_EQ(names_of(root.entries.at("other")->entries), "inner ");
}

TEST_P(DiskNames, OnlyFilesAreRemoved) {
    const NodePointer file = make(root, "file");
    ASSERT_TRUE(disk.open_directory(disk.root(), "folder", true));
    ASSERT_TRUE(disk.remove(root, "file"));
    EXPECT_EQ(file->link_count, 0U);
    EXPECT_EQ(code_of(disk.remove(root, "file")), ErrorCode::FileNotFound);
    EXPECT_EQ(code_of(disk.remove(root, "folder")), ErrorCode::NotRegular);
    EXPECT_EQ(names_of(root.entries), "folder ");
}

TEST_P(DiskNames, ALockIsHeldOnce) {
    const NodePointer lock = disk.lock(root, "LOCK").value();
    EXPECT_EQ(code_of(disk.lock(root, "LOCK")), ErrorCode::StoreLocked);
    lock->locked = false;
    EXPECT_EQ(disk.lock(root, "LOCK").value(), lock);
    ASSERT_TRUE(disk.open_directory(disk.root(), "folder", true));
    EXPECT_EQ(code_of(disk.lock(root, "folder")), ErrorCode::NotRegular);
}

// In a journal the changes of all directories are in one order, so a sync of one commits them all.
TEST_P(DiskNames, ASyncIsOfOneDirectoryOrOfTheJournal) {
    const NodePointer folder = disk.open_path("folder", true).value();
    make(root, "a");
    make(*folder, "b");
    EXPECT_EQ(names_of(root.durable_entries), "folder ");
    EXPECT_EQ(root.pending.size(), 1U);
    disk.sync_names(root);
    EXPECT_EQ(names_of(root.durable_entries), "a folder ");
    EXPECT_TRUE(root.pending.empty());
    const bool is_journaled = GetParam() == NameDurability::Journaled;
    EXPECT_EQ(names_of(folder->durable_entries), is_journaled ? "b " : "");
    EXPECT_EQ(folder->pending.size(), is_journaled ? 0U : 1U);
}

INSTANTIATE_TEST_SUITE_P(Disks, DiskNames,
                         ::testing::Values(NameDurability::Strict, NameDurability::Journaled));

}  // namespace
}  // namespace batpak::testing
