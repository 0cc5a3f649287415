// Three bytes are four letters. What is left over in the last letters must be zero: else two texts
// would be the same bytes.
#include "tool/text/base64.hpp"

#include <array>
#include <cstdint>

namespace batpak::tool {
namespace {

constexpr std::string_view kLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string encode_base64(BytesView bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            const std::uint32_t byte =
                i < count ? std::to_integer<std::uint32_t>(bytes[at + i]) : 0;
            bits = bits << 8 | byte;
        }
        for (std::size_t i = 0; i < 4; ++i)
            // n bytes need n + 1 letters; what is missing to four is padding.
            text += i <= count ? kLetters[bits >> (18 - 6 * i) & 63] : '=';
    }
    return text;
}

std::optional<Bytes> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    const std::size_t end = std::min(text.find('='), text.size());
    if (text.size() - end > 2 || text.find_first_not_of('=', end) != std::string_view::npos)
        return std::nullopt;
    Bytes bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t bits = 0;
    std::uint32_t count = 0;
    for (const char letter : text.substr(0, end)) {
        const std::size_t value = kLetters.find(letter);
        if (value == std::string_view::npos) return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes.push_back(static_cast<std::byte>(bits >> count));
        bits &= (1U << count) - 1;
    }
    if (bits != 0) return std::nullopt;
    return bytes;
}

}  // namespace batpak::tool
