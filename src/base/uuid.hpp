// UUID version 7 (RFC 9562), as all ids of batpak are:
//
//     bits    0       48     52        64    66
//             ms      0111   counter   10    random
//
// The counter is random as well where ids need no order within a millisecond.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <cstdint>
#include <cstring>

#include "batpak/base/detail/byte_order.hpp"
#include "batpak/base/id.hpp"

namespace batpak::uuid {

inline constexpr std::uint64_t kMillisecondsMax = (std::uint64_t{1} << 48) - 1;
inline constexpr std::uint64_t kCounterMax = 0xFFF;

// Of the low 48 bits of `milliseconds`, 12 of `counter` and 62 of `random`.
inline IdBytes version_7(std::uint64_t milliseconds, std::uint64_t counter,
                         std::uint64_t random) noexcept {
    constexpr std::uint64_t kVersion = 0x7000;
    constexpr std::uint64_t kVariant = std::uint64_t{1} << 63;
    constexpr std::uint64_t kRandomMask = (std::uint64_t{1} << 62) - 1;
    const std::uint64_t top = big_endian((milliseconds << 16) | kVersion | (counter & kCounterMax));
    const std::uint64_t bottom = big_endian(kVariant | (random & kRandomMask));
    IdBytes bytes;
    std::memcpy(bytes.data(), &top, sizeof(top));
    std::memcpy(bytes.data() + sizeof(top), &bottom, sizeof(bottom));
    return bytes;
}

inline bool is_version_7(const IdBytes& bytes) noexcept {
    return (std::to_integer<unsigned>(bytes[6]) >> 4) == 7 &&
           (std::to_integer<unsigned>(bytes[8]) >> 6) == 2;
}

}  // namespace batpak::uuid
