#include "batpak/base/bytes.hpp"

#include <gtest/gtest.h>

#include <array>

namespace batpak {
namespace {

Bytes all_bytes() {
    Bytes bytes;
    for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<std::byte>(i));
    return bytes;
}

TEST(Bytes, HexHasTwoLowerCaseDigitsAByteHighDigitFirst) {
    EXPECT_EQ(to_hex({}), "");
    EXPECT_EQ(to_hex(as_bytes(std::string_view("\x00\x01\x0F\x10\xAB\xFF", 6))), "00010f10abff");
}

TEST(Bytes, HexOfEveryByteReadsBack) {
    const Bytes bytes = all_bytes();
    Bytes read(bytes.size());
    ASSERT_TRUE(from_hex(to_hex(bytes), read));
    EXPECT_EQ(read, bytes);
}

TEST(Bytes, HexIsReadInEitherCase) {
    std::array<std::byte, 2> read{};
    ASSERT_TRUE(from_hex("aBFf", read));
    EXPECT_EQ(to_hex(read), "abff");
}

TEST(Bytes, HexOfTheWrongLengthIsRefused) {
    std::array<std::byte, 2> read{};
    for (const std::string_view text : {"", "a", "ab", "abc", "abcde", "abcdef"})
        EXPECT_FALSE(from_hex(text, read)) << text;
    EXPECT_TRUE(from_hex("", {}));
}

TEST(Bytes, ExactlyTwentyTwoBytesAreHexDigits) {
    std::array<std::byte, 1> read{};
    int digits = 0;
    for (int byte = 0; byte < 256; ++byte) {
        const char letter = static_cast<char>(byte);
        const bool high = from_hex(std::string{letter, '0'}, read);
        EXPECT_EQ(high, from_hex(std::string{'0', letter}, read)) << byte;
        EXPECT_EQ(high,
                  std::string_view("0123456789abcdefABCDEF").find(letter) != std::string::npos);
        digits += high ? 1 : 0;
    }
    EXPECT_EQ(digits, 22);
}

TEST(Bytes, TextAndBytesAreTheSameMemory) {
    const std::string text("a\0b", 3);
    const BytesView bytes = as_bytes(text);
    EXPECT_EQ(bytes.size(), 3U);
    EXPECT_EQ(as_text(bytes).data(), text.data());
    EXPECT_EQ(as_text(bytes), text);
}

TEST(Bytes, AreEqualByContentAndLength) {
    EXPECT_TRUE(equal_bytes(as_bytes("ab"), as_bytes(std::string("ab"))));
    EXPECT_FALSE(equal_bytes(as_bytes("ab"), as_bytes("ac")));
    EXPECT_FALSE(equal_bytes(as_bytes("ab"), as_bytes("abc")));
    EXPECT_TRUE(equal_bytes({}, {}));
}

}  // namespace
}  // namespace batpak
