// Unicode standard, table 3-7, "well-formed UTF-8 byte sequences": only the second byte has a
// range of its own, and it depends on the first.
//
//     first      second     third     fourth
//     C2..DF     80..BF
//     E0         A0..BF     80..BF
//     E1..EC     80..BF     80..BF
//     ED         80..9F     80..BF
//     EE..EF     80..BF     80..BF
//     F0         90..BF     80..BF    80..BF
//     F1..F3     80..BF     80..BF    80..BF
//     F4         80..8F     80..BF    80..BF
#include "batpak/base/detail/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace batpak {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080;

struct Shape {
    std::size_t length = 0;  // 0: no sequence begins with this byte
    unsigned second_min = 0x80;
    unsigned second_max = 0xBF;
};

constexpr Shape shape_of(unsigned first) noexcept {
    if (first >= 0xC2 && first <= 0xDF) return {.length = 2};
    if (first == 0xE0) return {.length = 3, .second_min = 0xA0};
    if (first == 0xED) return {.length = 3, .second_max = 0x9F};
    if (first >= 0xE1 && first <= 0xEF) return {.length = 3};
    if (first == 0xF0) return {.length = 4, .second_min = 0x90};
    if (first == 0xF4) return {.length = 4, .second_max = 0x8F};
    if (first >= 0xF1 && first <= 0xF3) return {.length = 4};
    return {};
}

unsigned byte_at(std::string_view text, std::size_t index) noexcept {
    return static_cast<unsigned char>(text[index]);
}

// The length of the multi-byte sequence that `text` begins with, or 0 if it is not well-formed.
std::size_t sequence_length(std::string_view text) noexcept {
    const Shape shape = shape_of(byte_at(text, 0));
    if (shape.length == 0 || shape.length > text.size()) return 0;
    const unsigned second = byte_at(text, 1);
    if (second < shape.second_min || second > shape.second_max) return 0;
    for (std::size_t i = 2; i < shape.length; ++i) {
        if ((byte_at(text, i) & 0xC0) != 0x80) return 0;
    }
    return shape.length;
}

// Nearly all text is ASCII: eight bytes at a time.
std::size_t ascii_prefix(std::string_view text) noexcept {
    std::size_t length = 0;
    for (; text.size() - length >= sizeof(std::uint64_t); length += sizeof(std::uint64_t)) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, text.data() + length, sizeof(eight));
        if ((eight & kHighBits) != 0) break;
    }
    while (length < text.size() && byte_at(text, length) < 0x80) ++length;
    return length;
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
    for (;;) {
        text.remove_prefix(ascii_prefix(text));
        if (text.empty()) return true;
        const std::size_t length = sequence_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
}

}  // namespace batpak
