// Base64 of RFC 4648, section 4, with padding, in its one canonical form.
//
// Threads: immutable value
// Errors:  none; decoding refuses with an empty optional
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "batpak/base/bytes.hpp"
#include "batpak/base/hash.hpp"

namespace batpak::proof {

std::string to_base64(BytesView bytes);
std::optional<Bytes> from_base64(std::string_view text);
std::optional<Hash> hash_from_base64(std::string_view text);

}  // namespace batpak::proof
