// Bytes as hexadecimal text, for the tables of tests.
//
// Threads: immutable value
// Errors:  none; text that is not hexadecimal aborts
#pragma once

#include <string_view>

#include "batpak/base/assert.hpp"
#include "batpak/base/bytes.hpp"

namespace batpak::testing {

// Spaces are for the reader of the test and mean nothing.
inline Bytes from_hex(std::string_view hex) {
    std::string digits;
    for (const char character : hex) {
        if (character != ' ') digits.push_back(character);
    }
    Bytes bytes(digits.size() / 2);
    const bool legal = batpak::from_hex(digits, bytes);
    BATPAK_ASSERT(legal);
    return bytes;
}

}  // namespace batpak::testing
