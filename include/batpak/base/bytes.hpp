// Bytes: borrowed and owned runs of bytes, and the conversion between bytes and text.
//
// batpak passes bytes as `BytesView` and never as a pointer plus a length, so that a length cannot
// be separated from what it measures.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "batpak/base/detail/language.hpp"

namespace batpak {

using Bytes = std::vector<std::byte>;
using BytesView = std::span<const std::byte>;
using MutableBytesView = std::span<std::byte>;

// Borrows: the text.
inline BytesView as_bytes(std::string_view text) noexcept {
    return std::as_bytes(std::span(text.data(), text.size()));
}

// Borrows: the bytes.
inline std::string_view as_text(BytesView bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline bool equal_bytes(BytesView a, BytesView b) noexcept { return as_text(a) == as_text(b); }

// Lower-case hexadecimal, two digits a byte, most significant digit first.
std::string to_hex(BytesView bytes);

// Fills `into` from exactly 2 * into.size() hexadecimal digits of either case; false, and `into`
// unspecified, on any other text.
[[nodiscard]] bool from_hex(std::string_view hex, MutableBytesView into) noexcept;

}  // namespace batpak
