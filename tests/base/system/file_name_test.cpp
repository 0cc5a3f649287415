#include "base/system/file_name.hpp"

#include <gtest/gtest.h>

#include "support/file_helpers.hpp"

namespace batpak {
namespace {

using testing::code_of;

TEST(FileName, TakesOnePathComponent) {
    for (const char* const name : {"a", "MANIFEST", ".hidden", "...", "a b", "\xFF", "..a"})
        EXPECT_TRUE(check_file_name("data", name)) << name;
}

TEST(FileName, TakesUpTo255Bytes) {
    EXPECT_TRUE(check_file_name("data", std::string(kFileNameBytesMax, 'a')));
    EXPECT_EQ(code_of(check_file_name("data", std::string(kFileNameBytesMax + 1, 'a'))),
              ErrorCode::InvalidArgument);
}

TEST(FileName, RefusesWhatLeadsElsewhere) {
    for (const std::string_view name : {"", ".", "..", "/", "a/b", "/a", "a/", "../a"})
        EXPECT_EQ(code_of(check_file_name("data", name)), ErrorCode::InvalidArgument) << name;
    EXPECT_EQ(code_of(check_file_name("data", std::string_view("a\0b", 3))),
              ErrorCode::InvalidArgument);
}

TEST(FileName, ARefusalSaysWhere) {
    EXPECT_EQ(check_file_name("data", "..").error().place(), "data/..");
}

TEST(FileName, AJoinedPathHasOneSlash) {
    EXPECT_EQ(join_path("data", "LOCK"), "data/LOCK");
    EXPECT_EQ(join_path("data/", "LOCK"), "data/LOCK");
    EXPECT_EQ(join_path("/", "LOCK"), "/LOCK");
}

}  // namespace
}  // namespace batpak
