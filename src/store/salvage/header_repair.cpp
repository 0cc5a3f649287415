// Every byte, in every value: a header is 96 bytes, so that are 24,480 checksums, and a damaged
// header is rare.
#include "store/salvage/header_repair.hpp"

#include <algorithm>
#include <array>

#include "batpak/base/assert.hpp"

namespace batpak::store {

std::optional<SegmentHeader> repaired_header(BytesView bytes) {
    constexpr unsigned kByteValues = 256;
    BATPAK_ASSERT(bytes.size() == SegmentHeader::kBytes);
    std::array<std::byte, SegmentHeader::kBytes> tried{};
    std::ranges::copy(bytes, tried.begin());
    for (std::byte& byte : tried) {
        const std::byte found = byte;
        for (unsigned change = 1; change < kByteValues; ++change) {
            byte = found ^ static_cast<std::byte>(change);
            if (auto header = SegmentHeader::decode(tried)) return *header;
        }
        byte = found;
    }
    return std::nullopt;
}

}  // namespace batpak::store
