// Byte order: numbers as they are on disk.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <bit>
#include <concepts>

#include "batpak/base/detail/language.hpp"

namespace batpak {

// The number whose bytes in memory are those of `number`, most significant first. Its own inverse.
template <std::unsigned_integral T>
constexpr T big_endian(T number) noexcept {
    static_assert(sizeof(T) <= 8);
    if constexpr (std::endian::native == std::endian::big || sizeof(T) == 1) return number;
    if constexpr (sizeof(T) == 2) return __builtin_bswap16(number);
    if constexpr (sizeof(T) == 4) return __builtin_bswap32(number);
    if constexpr (sizeof(T) == 8) return __builtin_bswap64(number);
}

}  // namespace batpak
