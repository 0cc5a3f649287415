// A digest of everything that was delivered, in order: each step hashes the digest before it with
// the event. So two cursors with one digest delivered the same events, and verify_completeness()
// can make it again from the log. In a store without hashes it is a checksum: it finds mistakes,
// and no forger.
#include "delivery/cursor/digest.hpp"

#include <algorithm>
#include <array>

#include "base/hash/blake3_context.hpp"
#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"

namespace batpak::delivery {
namespace {

std::array<std::byte, 8> bytes_of(std::uint64_t number) {
    std::array<std::byte, 8> bytes;
    store_little_endian(bytes, number);
    return bytes;
}

// What stands for a hash where there are none.
Hash checksum(std::initializer_list<BytesView> parts) {
    std::uint32_t sum = 0;
    std::uint64_t length = 0;
    for (const BytesView part : parts) {
        sum = crc32(part, sum);
        length += part.size();
    }
    Hash hash;
    const MutableBytesView room(hash.bytes);
    store_little_endian(room, sum);
    store_little_endian(room.subspan(4), length);
    return hash;
}

}  // namespace

// Of the canonical bytes: a region that was written in another way is the same region.
Hash Digest::of_region(const Region& region, OwnEvents own_events) const {
    const Bytes canonical = region.canonical_bytes();
    const std::array<std::byte, 1> own{static_cast<std::byte>(own_events)};
    if (!has_hashes_) return checksum({own, canonical});
    static const Blake3Context context("batpak.v1 cursor region");
    return context.hash({own, canonical});
}

// 64 bytes with hashes: one compression. The event's hash covers its place and all of its content.
Hash Digest::extended(const Hash& before, const EventView& event) const {
    if (!has_hashes_) {
        return checksum({before.view(), bytes_of(event.sequence().value), event.event_id().view()});
    }
    static const Blake3Context context("batpak.v1 cursor delivery");
    return context.hash({before.view(), event.hash.view()});
}

Hash Digest::extended_by_skip(const Hash& before, Sequence sequence) const {
    if (!has_hashes_) return checksum({before.view(), bytes_of(sequence.value)});
    static const Blake3Context context("batpak.v1 cursor skip");
    return context.hash({before.view(), bytes_of(sequence.value)});
}

}  // namespace batpak::delivery
