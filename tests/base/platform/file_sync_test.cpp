// What the calls promise on every system that batpak knows; how they do it differs.
#include "base/platform/file_sync.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "support/temporary_directory.hpp"

namespace batpak::posix {
namespace {

// A file of its own, open until the end of the test.
class FileSync : public ::testing::Test {
protected:
    void SetUp() override {
        number_ = ::open(path_.c_str(), O_RDWR | O_CREAT, 0600);
        ASSERT_NE(number_, -1);
    }
    void TearDown() override { ::close(number_); }

    std::int64_t size() const {
        struct stat found{};
        EXPECT_EQ(::fstat(number_, &found), 0);
        return found.st_size;
    }

    testing::TemporaryDirectory directory_;
    const std::string path_ = directory_.path() + "/file";
    int number_ = -1;
};

TEST_F(FileSync, ReservedBlocksMakeTheFileLongerByZeros) {
    ASSERT_EQ(::pwrite(number_, "batpak", 6, 0), 6);
    const int reserved = reserve_blocks(number_, 6, 70'000);
    if (reserved == -1) {
        // Not every file system can; then nothing has changed.
        EXPECT_EQ(errno, EOPNOTSUPP);
        EXPECT_EQ(size(), 6);
        return;
    }
    EXPECT_EQ(size(), 70'000);
    std::vector<char> content(70'000, 'x');
    ASSERT_EQ(::pread(number_, content.data(), content.size(), 0), 70'000);
    EXPECT_EQ(std::string(content.data(), 6), "batpak");
    EXPECT_EQ(std::count(content.begin() + 6, content.end(), '\0'), 70'000 - 6);
}

TEST_F(FileSync, SyncsFilesAndDirectories) {
    ASSERT_EQ(::pwrite(number_, "batpak", 6, 0), 6);
    EXPECT_EQ(sync_descriptor(number_, SyncMode::Data), 0);
    EXPECT_EQ(sync_descriptor(number_, SyncMode::All), 0);
    const int folder = ::open(directory_.path().c_str(), O_RDONLY | O_DIRECTORY);
    ASSERT_NE(folder, -1);
    EXPECT_EQ(sync_descriptor(folder, SyncMode::All), 0);
    EXPECT_EQ(::close(folder), 0);
}

TEST_F(FileSync, AFailureIsTheOneOfTheSystem) {
    for (const SyncMode mode : {SyncMode::Data, SyncMode::All}) {
        errno = 0;
        EXPECT_EQ(sync_descriptor(-1, mode), -1);
        EXPECT_EQ(errno, EBADF);
    }
    errno = 0;
    EXPECT_EQ(reserve_blocks(-1, 0, 1), -1);
    EXPECT_TRUE(errno == EBADF || errno == EOPNOTSUPP) << errno;
}

TEST_F(FileSync, ReservingNothingIsAMistake) {
    EXPECT_DEATH((void)reserve_blocks(number_, 5, 5), "begin < end");
}

}  // namespace
}  // namespace batpak::posix
