#include "batpak/base/detail/concat.hpp"

#include <gtest/gtest.h>

namespace batpak::detail {
namespace {

TEST(Concat, OfNothingIsNothing) {
    EXPECT_EQ(concat({}), "");
    EXPECT_EQ(concat({""}), "");
    EXPECT_EQ(concat({"", std::string_view(), ""}), "");
}

TEST(Concat, KeepsTheOrderAndEveryByte) {
    EXPECT_EQ(concat({"a", "", "bc", "d"}), "abcd");
    const std::string with_zeros("\0x\0", 3);
    EXPECT_EQ(concat({with_zeros, "\n", with_zeros}), std::string("\0x\0\n\0x\0", 7));
    EXPECT_EQ(concat({std::string_view("of a longer text").substr(5, 6), "!"}), "longer!");
}

TEST(Concat, IsWhatAddingOneAfterTheOtherGives) {
    for (std::size_t first = 0; first < 40; ++first) {
        for (std::size_t second = 0; second < 40; ++second) {
            const std::string a(first, 'a');
            const std::string b(second, 'b');
            const std::string text = concat({a, b, a});
            EXPECT_EQ(text, a + b + a);
        }
    }
}

// The parts may lie in a text that the result is given to.
TEST(Concat, TakesPartsOfWhatItReplaces) {
    std::string text = "the path";
    text = concat({std::string_view(text).substr(4), "/", text});
    EXPECT_EQ(text, "path/the path");
}

}  // namespace
}  // namespace batpak::detail
