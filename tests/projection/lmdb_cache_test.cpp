// What an LmdbCache has beside what every cache has, which cache_conformance_test.cpp asks for.
#ifdef BATPAK_HAVE_LMDB
#include "batpak/lmdb/lmdb_cache.hpp"

#include <gtest/gtest.h>

#include "support/file_helpers.hpp"
#include "support/temporary_directory.hpp"

namespace batpak {
namespace {

TEST(LmdbCacheTest, IsOpenOnceInAProcess) {
    const testing::TemporaryDirectory directory;
    auto first = LmdbCache::open(directory.path()).value();
    EXPECT_EQ(LmdbCache::open(directory.path() + "/.").error().code(), ErrorCode::StoreLocked);
    first.reset();
    EXPECT_TRUE(LmdbCache::open(directory.path()).has_value());
}

TEST(LmdbCacheTest, SaysWhenItsMapIsFull) {
    const testing::TemporaryDirectory directory;
    LmdbOptions options;
    options.map_bytes = 256 << 10;
    const auto cache = LmdbCache::open(directory.path(), options).value();
    ASSERT_TRUE(cache->put(as_bytes("small"), as_bytes("value")).has_value());
    const std::string large(1 << 20, 'v');
    EXPECT_EQ(cache->put(as_bytes("large"), as_bytes(large)).error().code(), ErrorCode::DiskFull);
    Buffer value;
    EXPECT_TRUE(cache->get(as_bytes("small"), value).value());
    EXPECT_TRUE(cache->put(as_bytes("small"), as_bytes("other")).has_value());
}

TEST(LmdbCacheTest, RefusesAFileThatIsNone) {
    const testing::TemporaryDirectory directory;
    testing::make_file(*real_file_system()->open_directory(directory.path(), false).value(),
                       "data.mdb", std::string(8192, 'x'));
    EXPECT_EQ(LmdbCache::open(directory.path()).error().code(), ErrorCode::CorruptCache);
}

TEST(LmdbCacheTest, GoesThroughKeysThatBeginAlikeAndNoFurther) {
    const testing::TemporaryDirectory directory;
    const auto cache = LmdbCache::open(directory.path()).value();
    const auto keys = {"a", "ab", "ab\x01", "abc", "ab\xFF", "ac", "ba", "xy"};
    for (const char* const prefix :
         {"", "a", "ab", "abc", "ab\xFF", "ac", "ad", "c", "abcd", "x"}) {
        std::uint64_t expected = 0;
        for (const std::string_view key : keys) {
            ASSERT_TRUE(cache->put(as_bytes(key), as_bytes("value")));
            expected += key.starts_with(prefix) ? 1U : 0U;
        }
        EXPECT_EQ(cache->remove_prefix(as_bytes(prefix)).value(), expected) << prefix;
        for (const std::string_view key : keys) {
            Buffer value;
            EXPECT_EQ(cache->get(as_bytes(key), value).value(), !key.starts_with(prefix)) << key;
        }
    }
}

}  // namespace
}  // namespace batpak
#endif
