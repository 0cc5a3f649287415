// The CRC-32 of zlib and PNG. The seed is the checksum of the bytes before, 0 at the start: so a
// checksum may be made in pieces.
#include "base/hash/crc32.hpp"

#include <libdeflate.h>

namespace batpak {

std::uint32_t crc32(BytesView bytes, std::uint32_t seed) noexcept {
    // libdeflate answers a null pointer with 0, whatever the seed.
    if (bytes.empty()) return seed;
    return libdeflate_crc32(seed, bytes.data(), bytes.size());
}

}  // namespace batpak
