#include "batpak/base/sequence.hpp"

#include <gtest/gtest.h>

#include <type_traits>
#include <unordered_set>

namespace batpak {
namespace {

TEST(Sequence, StartsAtZeroAndCountsOn) {
    constexpr Sequence first;
    static_assert(first == Sequence(0));
    static_assert(first.next() == Sequence(1));
    static_assert(first.plus(5).next() == Sequence(6));
    EXPECT_EQ(first.value, 0U);
    EXPECT_EQ(to_string(first.plus(42)), "42");
}

TEST(Sequence, OrdersByNumber) {
    EXPECT_LT(Sequence(1), Sequence(2));
    EXPECT_LT(Sequence(9), Sequence(10));
    EXPECT_EQ(Version(3), Version(3));
}

TEST(Sequence, IsAKeyOfHashTables) {
    const std::unordered_set<Sequence> sequences{Sequence(1), Sequence(2), Sequence(1)};
    EXPECT_EQ(sequences.size(), 2U);
    EXPECT_TRUE(sequences.contains(Sequence(2)));
    const std::unordered_set<Version> versions{Version(7)};
    EXPECT_FALSE(versions.contains(Version(8)));
}

static_assert(!std::is_convertible_v<std::uint64_t, Sequence>);
static_assert(!std::is_convertible_v<Sequence, Version>);
static_assert(!std::is_constructible_v<Version, Sequence>);
static_assert(sizeof(Sequence) == sizeof(std::uint64_t));

}  // namespace
}  // namespace batpak
