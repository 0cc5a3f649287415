// Little-endian integers in bytes, whatever the machine.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <type_traits>

#include "batpak/base/assert.hpp"
#include "batpak/base/bytes.hpp"

namespace batpak {

template <std::integral T>
constexpr T swap_bytes_on_big_endian(T value) noexcept {
    if constexpr (std::endian::native == std::endian::little || sizeof(T) == 1) {
        return value;
    } else {
        using Unsigned = std::make_unsigned_t<T>;
        auto rest = static_cast<Unsigned>(value);
        Unsigned swapped = 0;
        for (std::size_t i = 0; i < sizeof(T); ++i, rest >>= 8)
            swapped = (swapped << 8) | (rest & 0xFF);
        return static_cast<T>(swapped);
    }
}

// Writes `value` to the first sizeof(T) bytes of `into`. Requires: into is that long.
template <std::integral T>
void store_little_endian(MutableBytesView into, T value) noexcept {
    BATPAK_ASSERT(into.size() >= sizeof(T));
    const T bytes = swap_bytes_on_big_endian(value);
    std::memcpy(into.data(), &bytes, sizeof(T));
}

// Reads the first sizeof(T) bytes of `from`. Requires: from is that long.
template <std::integral T>
T load_little_endian(BytesView from) noexcept {
    BATPAK_ASSERT(from.size() >= sizeof(T));
    T bytes;
    std::memcpy(&bytes, from.data(), sizeof(T));
    return swap_bytes_on_big_endian(bytes);
}

}  // namespace batpak
