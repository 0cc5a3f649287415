// Bytes first, digests second: a digest finds a kept state, and its whole identity says whether it
// is the one. So a digest that clashes costs a fold, and never an answer.
#include "projection/identity.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/little_endian.hpp"
#include "batpak/projection/detail/run.hpp"

namespace batpak::projection {
namespace {

// Folds eight bytes at a time by a 64 x 64 -> 128 bit multiplication, as store/key_hash.hpp does,
// but with constants and in one byte order, because this digest is stored.
std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t lane(BytesView bytes, std::uint64_t seed, std::uint64_t factor) noexcept {
    std::uint64_t state = seed ^ (bytes.size() * 0x9E3779B97F4A7C15U);
    for (; bytes.size() >= 8; bytes = bytes.subspan(8))
        state = fold(state ^ load_little_endian<std::uint64_t>(bytes), factor);
    std::uint64_t rest = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        rest |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
    return fold(fold(state ^ rest, factor), seed | 1);
}

template <class T>
void put(std::string& text, T value) {
    std::array<std::byte, sizeof(T)> bytes;
    store_little_endian<T>(bytes, value);
    text += as_text(bytes);
}

std::size_t name_bytes(std::string_view identity) noexcept {
    return static_cast<unsigned char>(identity.front());
}

}  // namespace

Digest digest_of(BytesView bytes) noexcept {
    Digest digest;
    store_little_endian(MutableBytesView(digest),
                        lane(bytes, 0x8BB84B93962EACC9U, 0x2D358DCCAA6C78A5U));
    store_little_endian(MutableBytesView(digest).subspan(8),
                        lane(bytes, 0x4B33A62ED433D4A3U, 0xA0761D6478BD642FU));
    return digest;
}

std::string cache_prefix(std::string_view name) { return std::string(name) + '\0'; }

//     name 0x00 version, most significant byte first | digest of the identity, 16 bytes
std::string cache_key(std::string_view identity) {
    std::string key = cache_prefix(identity.substr(1, name_bytes(identity)));
    const std::string_view version = identity.substr(1 + name_bytes(identity), 4);
    key.append(version.rbegin(), version.rend());
    key += as_text(digest_of(as_bytes(identity)));
    return key;
}

bool is_named(std::string_view identity, std::string_view name) noexcept {
    return identity.substr(1, name_bytes(identity)) == name;
}

}  // namespace batpak::projection

namespace batpak::detail {

// The layout is in it as a digest: a state that was kept by a program with other fields is never
// found, so it need not be refused.
std::string identity_prefix(std::string_view name, std::uint32_t version,
                            std::span<const EventKind> kinds, std::string_view layout) {
    std::string text(1, static_cast<char>(name.size()));
    text += name;
    projection::put<std::uint32_t>(text, version);
    text += as_text(projection::digest_of(as_bytes(layout)));
    std::vector<EventKind> sorted(kinds.begin(), kinds.end());
    std::ranges::sort(sorted);
    projection::put<std::uint16_t>(text, static_cast<std::uint16_t>(sorted.size()));
    for (const EventKind kind : sorted) projection::put<std::uint16_t>(text, kind.number());
    return text;
}

}  // namespace batpak::detail
