// Goal:   what a kept state is of is the same bytes in every process and every build, and two
//         projections never have the same.
// Method: the bytes of one, written down; identities that differ in one part.
#include "projection/identity.hpp"

#include <gtest/gtest.h>

#include <set>

#include "batpak/projection/detail/run.hpp"

namespace batpak::projection {
namespace {

constexpr EventKind kOne = EventKind::custom(1, 1);
constexpr EventKind kTwo = EventKind::custom(1, 2);

std::string identity(std::string_view name, std::uint32_t version,
                     std::initializer_list<EventKind> kinds, std::string_view layout) {
    return detail::identity_prefix(name, version, {kinds.begin(), kinds.size()}, layout);
}

TEST(Identity, SaysNameVersionLayoutAndKinds) {
    const std::string text = identity("balance", 0x01020304, {kOne, kTwo}, "{x:int32}");
    ASSERT_EQ(text.size(), 1 + 7 + 4 + 16 + 2 + 2 * 2U);
    EXPECT_EQ(text.substr(0, 12), "\7balance\4\3\2\1");
    EXPECT_EQ(text.substr(28), std::string("\2\0\1\x10\2\x10", 6));
    EXPECT_TRUE(is_named(text, "balance"));
    EXPECT_FALSE(is_named(text, "balanc"));
    EXPECT_FALSE(is_named(text, "balances"));
}

TEST(Identity, EachPartMakesAnother) {
    const std::set<std::string> all{
        identity("a", 1, {kOne}, "x"),       identity("b", 1, {kOne}, "x"),
        identity("a", 2, {kOne}, "x"),       identity("a", 1, {kTwo}, "x"),
        identity("a", 1, {kOne, kTwo}, "x"), identity("a", 1, {kOne}, "y")};
    EXPECT_EQ(all.size(), 6U);
}

TEST(Identity, TheOrderOfTheKindsDoesNotMatter) {
    EXPECT_EQ(identity("a", 1, {kOne, kTwo}, "x"), identity("a", 1, {kTwo, kOne}, "x"));
}

TEST(Identity, KeysBeginWithTheNameAndOrderByVersion) {
    const std::string first = cache_key(identity("balance", 1, {kOne}, "x"));
    const std::string second = cache_key(identity("balance", 256, {kOne}, "x"));
    EXPECT_TRUE(first.starts_with(cache_prefix("balance")));
    EXPECT_LT(first, second);
    EXPECT_FALSE(
        cache_key(identity("balances", 1, {kOne}, "x")).starts_with(cache_prefix("balance")));
}

TEST(Identity, ADigestTellsBytesApart) {
    std::set<std::string> digests;
    Bytes bytes;
    for (std::size_t length = 0; length < 40; ++length, bytes.push_back(std::byte{0}))
        digests.insert(to_hex(digest_of(bytes)));
    EXPECT_EQ(digests.size(), 40U);  // zeros of every length
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        bytes[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
        EXPECT_TRUE(digests.insert(to_hex(digest_of(bytes))).second) << bit;
        bytes[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    }
}

}  // namespace
}  // namespace batpak::projection
