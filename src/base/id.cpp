#include "batpak/base/id.hpp"

namespace batpak {
namespace {

constexpr std::size_t kTextLength = 36;

bool is_dash_at(std::size_t index) {
    return index == 8 || index == 13 || index == 18 || index == 23;
}

}  // namespace

std::string id_to_text(const IdBytes& bytes) {
    std::string text = to_hex(bytes);
    for (const std::size_t dash : {8U, 13U, 18U, 23U}) text.insert(dash, 1, '-');
    return text;
}

std::optional<IdBytes> id_from_text(std::string_view text) noexcept {
    if (text.size() != kTextLength) return std::nullopt;
    std::array<char, 32> digits{};
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_dash_at(i)) {
            if (text[i] != '-') return std::nullopt;
        } else {
            digits[count++] = text[i];
        }
    }
    IdBytes bytes{};
    if (!from_hex({digits.data(), digits.size()}, bytes)) return std::nullopt;
    return bytes;
}

}  // namespace batpak
