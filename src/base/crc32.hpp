// crc32: the checksum of frames, manifests and index files (CRC-32 of ISO-HDLC, as in zip).
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <cstdint>

#include "batpak/base/bytes.hpp"

namespace batpak {

// The checksum of what was summed up in `seed` followed by `bytes`; 0 seeds the empty run.
std::uint32_t crc32(BytesView bytes, std::uint32_t seed = 0) noexcept;

}  // namespace batpak
