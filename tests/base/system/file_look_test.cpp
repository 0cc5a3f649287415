#include "base/system/file_look.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/system/posix.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::posix {
namespace {

struct FileLookTest : ::testing::Test {
    FileLookTest() : folder(::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
        std::ofstream(directory / "file") << "twelve bytes";
    }

    FileStat look(const char* name) const {
        FileStat found;
        EXPECT_EQ(look_at_name(folder.number(), name, found), 0) << name;
        return found;
    }

    const testing::TemporaryDirectory directory;
    const Descriptor folder;
};

TEST_F(FileLookTest, SaysWhatAFileIs) {
    struct stat expected{};
    ASSERT_EQ(::stat((directory / "file").c_str(), &expected), 0);
    const FileStat found = look("file");
    EXPECT_EQ(found.kind, FileKind::Regular);
    EXPECT_EQ(found.size_bytes, 12U);
    EXPECT_EQ(found.link_count, 1U);
    EXPECT_EQ(found.inode, expected.st_ino);
    EXPECT_EQ(found.device, expected.st_dev);
}

TEST_F(FileLookTest, SaysWhoMayReadAndWrite) {
    for (const ::mode_t mode : {0600U, 0640U, 0604U, 0444U, 0777U}) {
        ASSERT_EQ(::chmod((directory / "file").c_str(), mode), 0);
        EXPECT_EQ(look("file").permissions, mode);
    }
}

TEST_F(FileLookTest, SaysWhetherItIsThisUsers) {
    EXPECT_TRUE(look("file").is_own);
    if (::geteuid() != 0) return;  // only root can give a file away
    ASSERT_EQ(::chown((directory / "file").c_str(), 12345, 0), 0);
    EXPECT_FALSE(look("file").is_own);
}

TEST_F(FileLookTest, CountsHardLinks) {
    std::filesystem::create_hard_link(directory / "file", directory / "other");
    EXPECT_EQ(look("file").link_count, 2U);
    EXPECT_EQ(look("file").inode, look("other").inode);
}

TEST_F(FileLookTest, DoesNotFollowALink) {
    std::filesystem::create_symlink(directory / "file", directory / "link");
    std::filesystem::create_symlink("nowhere", directory / "dangling");
    EXPECT_EQ(look("link").kind, FileKind::SymbolicLink);
    EXPECT_EQ(look("dangling").kind, FileKind::SymbolicLink);
}

TEST_F(FileLookTest, TellsFoldersAndOthersFromFiles) {
    std::filesystem::create_directory(directory / "folder");
    ASSERT_EQ(::mkfifo((directory / "fifo").c_str(), 0600), 0);
    EXPECT_EQ(look("folder").kind, FileKind::Directory);
    EXPECT_EQ(look("fifo").kind, FileKind::Other);
}

TEST_F(FileLookTest, AnOpenFileIsTheOneThatWasOpened) {
    const Descriptor open(::open((directory / "file").c_str(), O_RDONLY | O_CLOEXEC));
    const FileStat before = look("file");
    std::filesystem::rename(directory / "file", directory / "moved");
    std::ofstream(directory / "file") << "another";
    FileStat found;
    ASSERT_EQ(look_at_open(open.number(), found), 0);
    EXPECT_EQ(found.inode, before.inode);
    EXPECT_EQ(found.size_bytes, 12U);
    EXPECT_NE(look("file").inode, before.inode);
}

TEST_F(FileLookTest, FailsAsFstatatDoes) {
    FileStat found;
    EXPECT_EQ(look_at_name(folder.number(), "nothing", found), -1);
    EXPECT_EQ(errno, ENOENT);
    EXPECT_EQ(look_at_name(folder.number(), "file/inside", found), -1);
    EXPECT_EQ(errno, ENOTDIR);
    EXPECT_EQ(look_at_open(-1, found), -1);
    EXPECT_EQ(errno, EBADF);
}

}  // namespace
}  // namespace batpak::posix
