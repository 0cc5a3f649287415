#include "batpak/base/detail/utf8.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace batpak {
namespace {

std::string encode(std::uint32_t point) {
    std::string text;
    const auto add = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
    if (point < 0x80) {
        add(point);
    } else if (point < 0x800) {
        add(0xC0 | (point >> 6));
        add(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
        add(0xE0 | (point >> 12));
        add(0x80 | ((point >> 6) & 0x3F));
        add(0x80 | (point & 0x3F));
    } else {
        add(0xF0 | (point >> 18));
        add(0x80 | ((point >> 12) & 0x3F));
        add(0x80 | ((point >> 6) & 0x3F));
        add(0x80 | (point & 0x3F));
    }
    return text;
}

TEST(Utf8, AcceptsEveryCodePointButSurrogates) {
    for (std::uint32_t point = 0; point <= 0x10FFFF; ++point) {
        const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
        ASSERT_EQ(is_utf8(encode(point)), !surrogate) << std::hex << point;
    }
    EXPECT_FALSE(is_utf8(encode(0x110000)));
}

// Goal:   of all three-byte strings exactly the well-formed ones pass.
// Method: a string is well-formed if and only if it is a concatenation of encoded code points, so
//         the number of the accepted is known: a^3 + 2ab + c, of a = 128 one-byte, b = 1920
//         two-byte and c = 61440 three-byte points.
TEST(Utf8, AcceptsExactlyAsManyThreeByteStringsAsThereAre) {
    std::uint64_t accepted = 0;
    for (std::uint32_t bytes = 0; bytes <= 0xFFFFFF; ++bytes) {
        const char text[] = {static_cast<char>(bytes >> 16), static_cast<char>(bytes >> 8),
                             static_cast<char>(bytes)};
        if (is_utf8({text, 3})) ++accepted;
    }
    EXPECT_EQ(accepted, 128ULL * 128 * 128 + 2 * 128 * 1920 + 61440);
}

TEST(Utf8, RefusesOverlongFormsAndWhatIsCutShort) {
    for (const char* text : {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF",
                             "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF5\x80\x80\x80", "\xFF"}) {
        EXPECT_FALSE(is_utf8(text)) << text;
    }
    const std::string emoji = encode(0x1F987);
    for (std::size_t length = 1; length < emoji.size(); ++length) {
        EXPECT_FALSE(is_utf8(emoji.substr(0, length))) << length;
    }
}

TEST(Utf8, FindsABadByteAtEveryPlaceOfALongText) {
    for (std::size_t length = 1; length <= 40; ++length) {
        EXPECT_TRUE(is_utf8(std::string(length, 'x')));
        for (std::size_t place = 0; place < length; ++place) {
            std::string text(length, 'x');
            text[place] = '\x80';
            EXPECT_FALSE(is_utf8(text)) << length << " " << place;
        }
    }
    EXPECT_TRUE(is_utf8(""));
}

}  // namespace
}  // namespace batpak
