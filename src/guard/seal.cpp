// The digest and the MAC of receipts. The key is made when the process needs it first, and never
// leaves it: a receipt is worth nothing in another process. Without BLAKE3 both are checksums,
// which detect accidents and no intent (docs/GATES.md).
#include "guard/seal.hpp"

#include <array>
#include <cstdint>
#include <cstring>

#include "base/hash/blake3_context.hpp"
#include "base/little_endian.hpp"
#include "batpak/base/environment.hpp"

namespace batpak::guard {
namespace {

constexpr const char* kContext = "batpak.v1 gate receipt";

using Key = Blake3Context::Key;

const Key& key_of_process() {
    static const Key key = [] {
        Key random;
        real_entropy()->fill(random);
        return random;
    }();
    return key;
}

std::uint64_t mix(std::uint64_t state, std::uint64_t word) noexcept {
    state = (state ^ word) * 0x9E3779B97F4A7C15U;
    return state ^ (state >> 29);
}

Hash checksum(const Key& key, std::initializer_list<BytesView> parts) noexcept {
    Hash sum;
    for (std::size_t lane = 0; lane < Hash::kBytes; lane += 8) {
        const auto secret = load_little_endian<std::uint64_t>(std::span(key).subspan(lane));
        std::uint64_t state = mix(secret, lane + 1);
        for (const BytesView part : parts) {
            state = mix(state, part.size());
            for (const std::byte byte : part) state = mix(state, std::to_integer<unsigned>(byte));
        }
        store_little_endian(std::span(sum.bytes).subspan(lane), mix(state, secret));
    }
    return sum;
}

}  // namespace

// Without BLAKE3 the two differ only in their secret: for the digest it is zero, so that it is the
// same in every process.
Hash digest_of(std::initializer_list<BytesView> parts) noexcept {
    if (!hashing_built_in()) return checksum({}, parts);
    static const Blake3Context context(kContext);
    return context.hash(parts);
}

Hash mac_of(std::initializer_list<BytesView> parts) noexcept {
    if (!hashing_built_in()) return checksum(key_of_process(), parts);
    static const Blake3Context context(key_of_process());
    return context.hash(parts);
}

}  // namespace batpak::guard
