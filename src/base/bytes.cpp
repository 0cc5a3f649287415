#include "batpak/base/bytes.hpp"

#include <optional>

namespace batpak {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

std::optional<unsigned> digit_value(char digit) noexcept {
    if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
    if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a') + 10;
    if (digit >= 'A' && digit <= 'F') return static_cast<unsigned>(digit - 'A') + 10;
    return std::nullopt;
}

}  // namespace

std::string to_hex(BytesView bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (std::byte byte : bytes) {
        const auto value = std::to_integer<unsigned>(byte);
        text.push_back(kDigits[value >> 4]);
        text.push_back(kDigits[value & 0xF]);
    }
    return text;
}

// Capital digits are taken too, and never written: what must have one spelling compares the text as
// well.
bool from_hex(std::string_view hex, MutableBytesView into) noexcept {
    if (hex.size() != into.size() * 2) return false;
    for (std::size_t i = 0; i < into.size(); ++i) {
        const auto high = digit_value(hex[2 * i]);
        const auto low = digit_value(hex[2 * i + 1]);
        if (!high || !low) return false;
        into[i] = static_cast<std::byte>((*high << 4) | *low);
    }
    return true;
}

}  // namespace batpak
