#include "base/hash/key_hash.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

namespace batpak {
namespace {

TEST(KeyHash, DependsOnBothSecretsAndOnNothingElse) {
    const KeyHash hash(0x1111, 0x2222);
    EXPECT_EQ(hash("player:alice"), KeyHash(0x1111, 0x2222)(std::string("player:alice")));
    EXPECT_NE(hash("player:alice"), KeyHash(0x3333, 0x2222)("player:alice"));
    EXPECT_NE(hash("player:alice"), KeyHash(0x1111, 0x3333)("player:alice"));
}

TEST(KeyHash, TakesAnEmptyKey) {
    const KeyHash hash(1, 2);
    EXPECT_EQ(hash(std::string_view{}), hash(""));
    EXPECT_NE(hash(""), hash(std::string_view("\0", 1)));
}

TEST(KeyHash, EveryBitOfEveryLengthCounts) {
    const KeyHash hash(0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F);
    std::set<std::uint64_t> seen;
    std::size_t keys = 0;
    for (std::size_t length = 0; length <= 33; ++length) {
        std::string key(length, '\0');
        seen.insert(hash(key));
        ++keys;
        for (std::size_t bit = 0; bit < length * 8; ++bit, ++keys) {
            key[bit / 8] = static_cast<char>(1U << (bit % 8));
            seen.insert(hash(key));
            key[bit / 8] = '\0';
        }
    }
    EXPECT_EQ(seen.size(), keys);
}

TEST(KeyHash, FillsTheSlotsOfATableEvenly) {
    const KeyHash hash(0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F);
    std::array<int, 64> slots{};
    for (int i = 0; i < 6400; ++i) ++slots[hash("entity:" + std::to_string(i)) % 64];
    for (const int count : slots) {
        EXPECT_GT(count, 50);
        EXPECT_LT(count, 160);
    }
}

}  // namespace
}  // namespace batpak
