// What no name may hold: it would move the cursor of a terminal, or end a line of a log.
//
// Threads: the function is thread-safe
// Errors:  none
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace batpak {

inline bool has_control_bytes(std::string_view name) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t tops = 0x80 * ones;
    // Eight bytes at once: a byte below `bound` borrows from its top bit, which was not set, if no
    // byte before it did; and the first one that borrows is really below it.
    const auto any_below = [](std::uint64_t word, std::uint64_t bound) {
        return ((word - bound * ones) & ~word & tops) != 0;
    };
    const char* at = name.data();
    std::size_t left = name.size();
    for (; left >= sizeof(std::uint64_t); left -= sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof(word));
        if (any_below(word, 0x20) || any_below(word ^ (0x7F * ones), 1)) return true;
        at += sizeof(word);
    }
    return std::any_of(at, at + left, [](char character) {
        const auto byte = static_cast<unsigned char>(character);
        return byte < 0x20 || byte == 0x7F;
    });
}

}  // namespace batpak
