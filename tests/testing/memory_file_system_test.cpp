// Goal:   what is in a file system in memory is the file system's: every way to it leads to the
//         same files, and it lives as long as anything that was opened from it.
// Method: beside file_system_conformance_test.cpp, which holds it to the promises of FileSystem.
#include "batpak/testing/memory_file_system.hpp"

#include <gtest/gtest.h>

#include "support/file_helpers.hpp"

namespace batpak::testing {
namespace {

TEST(MemoryFileSystem, StartsEmptyAndEachIsItsOwn) {
    MemoryFileSystem one;
    MemoryFileSystem other;
    const auto directory = one.open_directory("store", true).value();
    EXPECT_TRUE(directory->list()->empty());
    EXPECT_EQ(code_of(other.open_directory("store", false)), ErrorCode::FileNotFound);
}

TEST(MemoryFileSystem, RelativeAndAbsolutePathsAreTheSame) {
    MemoryFileSystem files;
    const auto directory = files.open_directory("/shops/one", true).value();
    make_file(*directory, "a", "text");
    for (const std::string path : {"shops/one", "./shops/one", "/shops//one"})
        EXPECT_EQ(read_text(*files.open_directory(path, false).value(), "a"), "text") << path;
}

TEST(MemoryFileSystem, OpenedAgainItHasWhatWasWritten) {
    MemoryFileSystem files;
    make_file(*files.open_directory("store", true).value(), "a", "text");
    EXPECT_EQ(read_text(*files.open_directory("store", false).value(), "a"), "text");
}

TEST(MemoryFileSystem, LivesAsLongAsAnythingOpenedFromIt) {
    std::unique_ptr<File> file;
    {
        MemoryFileSystem files;
        const auto directory = files.open_directory("store", true).value();
        file = make_file(*directory, "a", "text");
    }
    ASSERT_TRUE(file->write_at(4, as_bytes(" and more")));
    EXPECT_EQ(read_text(*file, 0, 13), "text and more");
}

TEST(MemoryFileSystem, ALockIsOfAllHandlesAndEndsWithItsOwn) {
    MemoryFileSystem files;
    const auto one = files.open_directory("store", true).value();
    const auto other = files.open_directory("store", false).value();
    {
        const auto lock = one->lock("LOCK").value();
        EXPECT_EQ(code_of(other->lock("LOCK")), ErrorCode::StoreLocked);
    }
    EXPECT_TRUE(other->lock("LOCK"));
}

TEST(MemoryFileSystem, AMappedFileGrowsOnlyWhereItIs) {
    MemoryFileSystem files;
    const auto directory = files.open_directory("store", true).value();
    const auto file = make_file(*directory, "a", "text");
    auto mapping = file->map(4, false).value();
    EXPECT_TRUE(file->resize(4 + 65'536));
    EXPECT_EQ(code_of(file->resize(10'000'000)), ErrorCode::Unsupported);
    EXPECT_EQ(as_text(mapping->bytes()), "text");
    mapping.reset();
    EXPECT_TRUE(file->resize(10'000'000));
}

}  // namespace
}  // namespace batpak::testing
