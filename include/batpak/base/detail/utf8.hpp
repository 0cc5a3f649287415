// Utf8: whether bytes are text.
//
// Well-formed as the Unicode standard says (table 3-7): no overlong form, no surrogate, nothing
// above U+10FFFF, nothing cut short. Runs of ASCII are checked eight bytes at a time.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <string_view>

#include "batpak/base/detail/language.hpp"

namespace batpak {

// Whether the text is well-formed: no overlong form, no surrogate, nothing beyond U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace batpak
