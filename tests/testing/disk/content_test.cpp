#include "testing/disk/content.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "batpak/base/bytes.hpp"

namespace batpak::testing {
namespace {

bool all_are(BytesView bytes, std::byte value) {
    return std::ranges::all_of(bytes, [&](std::byte byte) { return byte == value; });
}

TEST(Content, GrowsWithZerosAndIsCut) {
    Content content;
    EXPECT_EQ(content.size(), 0U);
    ASSERT_TRUE(content.resize(100));
    EXPECT_TRUE(all_are(content.bytes(), std::byte{0}));
    std::ranges::fill(content.bytes(), std::byte{7});
    ASSERT_TRUE(content.resize(40));
    ASSERT_TRUE(content.resize(100));
    EXPECT_TRUE(all_are(content.bytes().first(40), std::byte{7}));
    EXPECT_TRUE(all_are(content.bytes().subspan(40), std::byte{0}));  // what was cut is gone
}

TEST(Content, KeepsItsBytesWhereverItGrows) {
    Content content;
    for (std::uint64_t size = 1; size < 100'000; size *= 3) {
        ASSERT_TRUE(content.resize(size));
        content.bytes()[size - 1] = std::byte{1};
    }
    for (std::uint64_t size = 1; size < 59'049; size *= 3)
        EXPECT_EQ(content.bytes()[size - 1], std::byte{1}) << size;
}

TEST(Content, DoesNotMoveWhileItIsPinned) {
    Content content;
    ASSERT_TRUE(content.resize(100));
    ASSERT_TRUE(content.pin());
    const std::byte* const where = content.bytes().data();
    EXPECT_FALSE(content.resize(std::uint64_t{1} << 30));
    EXPECT_EQ(content.size(), 100U);
    ASSERT_TRUE(content.resize(50));
    EXPECT_EQ(content.bytes().data(), where);
    content.unpin();
    EXPECT_TRUE(content.resize(1'000'000));
    EXPECT_EQ(content.size(), 1'000'000U);
}

TEST(Content, ACopyIsOfTheBytesAndNotOfThePin) {
    Content content;
    ASSERT_TRUE(content.resize(9));
    std::ranges::fill(content.bytes(), std::byte{5});
    ASSERT_TRUE(content.pin());
    Content copy(content);
    EXPECT_TRUE(equal_bytes(copy.bytes(), content.bytes()));
    content.bytes()[0] = std::byte{6};
    EXPECT_EQ(copy.bytes()[0], std::byte{5});
    EXPECT_TRUE(copy.resize(1'000'000));
    content.unpin();
}

TEST(Content, CopiesSharedBytesOfEveryLength) {
    alignas(8) std::array<std::byte, 64> source{};
    for (std::size_t i = 0; i < source.size(); ++i) source[i] = static_cast<std::byte>(i + 1);
    for (std::size_t length = 0; length <= source.size(); ++length) {
        std::array<std::byte, 64> target{};
        copy_shared(BytesView(source).first(length), target);
        EXPECT_TRUE(equal_bytes(BytesView(target).first(length), BytesView(source).first(length)));
        EXPECT_TRUE(all_are(BytesView(target).subspan(length), std::byte{0})) << length;
    }
}

}  // namespace
}  // namespace batpak::testing
