// What a SqliteCache has beside what every cache has, which cache_conformance_test.cpp asks for.
#ifdef BATPAK_HAVE_SQLITE
#include "batpak/sqlite/sqlite_cache.hpp"

#include <gtest/gtest.h>

#include "support/file_helpers.hpp"
#include "support/temporary_directory.hpp"

namespace batpak {
namespace {

TEST(SqliteCacheTest, RefusesAFileThatIsNone) {
    const testing::TemporaryDirectory directory;
    testing::make_file(*real_file_system()->open_directory(directory.path(), false).value(),
                       "states", std::string(8192, 'x'));
    EXPECT_EQ(SqliteCache::open(directory.path() + "/states").error().code(),
              ErrorCode::CorruptCache);
    EXPECT_EQ(SqliteCache::open(directory.path() + "/none/states").error().code(),
              ErrorCode::FileNotFound);
}

// Two programs may have it open: each sees at once what the other has put.
TEST(SqliteCacheTest, IsSharedByTheProcessesThatHaveItOpen) {
    const testing::TemporaryDirectory directory;
    const auto one = SqliteCache::open(directory.path() + "/states").value();
    const auto other = SqliteCache::open(directory.path() + "/states").value();
    for (int round = 0; round < 20; ++round) {
        const std::string text = std::to_string(round);
        ASSERT_TRUE((round % 2 == 0 ? one : other)->put(as_bytes("key"), as_bytes(text)));
        Buffer value;
        ASSERT_TRUE((round % 2 == 0 ? other : one)->get(as_bytes("key"), value).value());
        EXPECT_EQ(as_text(value.view()), text);
    }
}

// A prefix is bytes: it has no pattern, and none of it is text.
TEST(SqliteCacheTest, APrefixIsTakenAsItsBytes) {
    const testing::TemporaryDirectory directory;
    const auto cache = SqliteCache::open(directory.path() + "/states").value();
    const auto keys = {std::string("%"),       std::string("_"),     std::string("a%"),
                       std::string("a'"),      std::string("\0", 1), std::string("\0b", 2),
                       std::string("\xFF\xFE")};
    for (const std::string& prefix : keys) {
        std::uint64_t expected = 0;
        for (const std::string& key : keys) {
            ASSERT_TRUE(cache->put(as_bytes(key), as_bytes("value")));
            expected += key.starts_with(prefix) ? 1U : 0U;
        }
        EXPECT_EQ(cache->remove_prefix(as_bytes(prefix)).value(), expected);
        Buffer value;
        for (const std::string& key : keys)
            EXPECT_EQ(cache->get(as_bytes(key), value).value(), !key.starts_with(prefix));
    }
}

}  // namespace
}  // namespace batpak
#endif
