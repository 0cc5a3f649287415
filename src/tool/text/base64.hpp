// Base64 of RFC 4648, section 4, with padding: bytes in the JSON of others.
//
// Threads: the functions are thread-safe
// Errors:  from_base64() gives nothing for a text that is none
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "batpak/base/bytes.hpp"

namespace batpak::tool {

std::string encode_base64(BytesView bytes);
// Only the one text that encode_base64() makes of the bytes.
std::optional<Bytes> decode_base64(std::string_view text);

}  // namespace batpak::tool
