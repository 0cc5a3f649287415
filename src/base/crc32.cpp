#include "base/crc32.hpp"

#include <libdeflate.h>

namespace batpak {

std::uint32_t crc32(BytesView bytes, std::uint32_t seed) noexcept {
    return libdeflate_crc32(seed, bytes.data(), bytes.size());
}

}  // namespace batpak
