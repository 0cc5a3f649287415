// Hash: 32 bytes of BLAKE3, as a value.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <string>

#include "batpak/base/bytes.hpp"

namespace batpak {

struct Hash {
    static constexpr std::size_t kBytes = 32;

    std::array<std::byte, kBytes> bytes{};

    BytesView view() const noexcept { return bytes; }
    // All zero bytes: what stands where there is no hash (no predecessor, or hashing off).
    bool is_zero() const noexcept { return *this == Hash{}; }
    friend auto operator<=>(const Hash&, const Hash&) = default;
};

inline std::string to_string(const Hash& hash) { return to_hex(hash.view()); }

}  // namespace batpak
