// Ids are UUIDs of version 7 (RFC 9562): milliseconds first, random bits after them, so that they
// grow with time and two machines never make the same one.
#include "batpak/base/id.hpp"

#include <algorithm>
#include <array>

#include "base/little_endian.hpp"
#include "base/uuid.hpp"
#include "batpak/base/detail/text_hash.hpp"
#include "batpak/base/environment.hpp"

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

// A clock before 1970 or past what 48 bits hold gives the nearest time that an id can have.
IdBytes make_id_bytes(std::int64_t wall_us, Entropy& entropy) noexcept {
    const auto milliseconds = static_cast<std::uint64_t>(
        std::clamp<std::int64_t>(wall_us / 1000, 0, uuid::kMillisecondsMax));
    std::array<std::byte, 2 * sizeof(std::uint64_t)> random{};
    entropy.fill(random);
    return uuid::version_7(milliseconds, load_little_endian<std::uint64_t>(random),
                           load_little_endian<std::uint64_t>(BytesView(random).subspan(8)));
}

IdBytes make_id_bytes() { return make_id_bytes(real_clock()->wall_us(), *real_entropy()); }

std::size_t hash_of_id(const IdBytes& bytes) noexcept { return TextHash()(as_text(bytes)); }

// The form with dashes and no other, so that a text that is cut or joined is not taken for an id.
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
