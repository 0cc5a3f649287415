// What no name may hold: it would move the cursor of a terminal, or end a line of a log.
//
// Threads: the function is thread-safe
// Errors:  none
#pragma once

#include <algorithm>
#include <string_view>

namespace batpak {

inline bool has_control_bytes(std::string_view name) noexcept {
    return std::ranges::any_of(name, [](char character) {
        const auto byte = static_cast<unsigned char>(character);
        return byte < 0x20 || byte == 0x7F;
    });
}

}  // namespace batpak
