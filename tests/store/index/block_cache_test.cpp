// Goal:   what is copied out of the cache are the bytes of the block that was asked for, or
//         nothing.
// Method: blocks that say whose they are, in a cache of one chunk; every range of a block. With
//         many threads: index_cache_concurrency_test.cpp.
#include "store/index/block_cache.hpp"

#include <gtest/gtest.h>

namespace batpak::store {
namespace {

constexpr std::size_t kPlaces = kIndexChunkBlocks;

Bytes block_of(std::uint64_t number) {
    Bytes bytes(kIndexBlockBytes);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(number * 31 + i % 251);
    return bytes;
}

struct BlockCacheTest : ::testing::Test {
    bool has(std::uint64_t number) const {
        Bytes found(kIndexBlockBytes);
        if (!cache.copy(number, 0, found)) return false;
        EXPECT_EQ(found, block_of(number)) << number;
        return true;
    }

    BlockCache cache{1};  // one chunk, the least there is
};

TEST_F(BlockCacheTest, HasWhatItWasGivenLast) {
    const std::uint64_t first = cache.take_numbers(2 * kPlaces);
    EXPECT_FALSE(has(first));
    for (std::uint64_t i = 0; i < kPlaces; ++i) cache.keep(first + i, block_of(first + i));
    for (std::uint64_t i = 0; i < kPlaces; ++i) EXPECT_TRUE(has(first + i));
}

TEST_F(BlockCacheTest, ABlockTakesThePlaceOfTheOneThatIsAsFarBefore) {
    const std::uint64_t first = cache.take_numbers(2 * kPlaces);
    cache.keep(first, block_of(first));
    cache.keep(first + 1, block_of(first + 1));
    cache.keep(first + kPlaces, block_of(first + kPlaces));
    EXPECT_FALSE(has(first));
    EXPECT_TRUE(has(first + 1));
    EXPECT_TRUE(has(first + kPlaces));
}

TEST_F(BlockCacheTest, GivesEveryRangeOfABlock) {
    const std::uint64_t number = cache.take_numbers(1);
    const Bytes block = block_of(number);
    cache.keep(number, block);
    for (std::size_t at = 0; at < 20; ++at) {
        for (std::size_t count = 0; count < 20; ++count) {
            Bytes found(count);
            ASSERT_TRUE(cache.copy(number, at, found));
            EXPECT_TRUE(equal_bytes(found, BytesView(block).subspan(at, count)))
                << at << ' ' << count;
        }
    }
    Bytes last(3);
    ASSERT_TRUE(cache.copy(number, kIndexBlockBytes - 3, last));
    EXPECT_TRUE(equal_bytes(last, BytesView(block).last(3)));
}

TEST_F(BlockCacheTest, NumbersAreTakenOnce) {
    const std::uint64_t first = cache.take_numbers(3);
    EXPECT_EQ(cache.take_numbers(1), first + 3);
}

TEST_F(BlockCacheTest, AShortBlockIsKeptAsFarAsItGoes) {
    const std::uint64_t number = cache.take_numbers(1);
    cache.keep(number, as_bytes("thirteen byte"));
    Bytes found(13);
    ASSERT_TRUE(cache.copy(number, 0, found));
    EXPECT_EQ(as_text(found), "thirteen byte");
}

}  // namespace
}  // namespace batpak::store
