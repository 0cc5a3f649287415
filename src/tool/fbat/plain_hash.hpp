// The plain hash of BLAKE3, without a context: what other programs (`b3sum`) make of the same
// bytes.
//
// Threads: the function is thread-safe
// Errors:  none. Requires: hashing_built_in()
#pragma once

#include "batpak/base/bytes.hpp"
#include "batpak/base/hash.hpp"

namespace batpak::tool {

Hash plain_hash(BytesView bytes) noexcept;

}  // namespace batpak::tool
