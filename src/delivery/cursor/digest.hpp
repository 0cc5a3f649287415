// Digest: the hashes of positions: over a region, and over the events that were delivered.
//
// In a store with hashes they are BLAKE3, and nobody can make two regions or two histories with one
// digest. A store without hashes may be one of a batpak without BLAKE3: there they are checksums,
// which notice mistakes and not malice.
//
// Threads: immutable value
// Errors:  none. Requires: hashing_built_in(), if made with hashes
#pragma once

#include "batpak/base/hash.hpp"
#include "batpak/coordinate/region.hpp"
#include "batpak/delivery/cursor.hpp"
#include "batpak/event/event.hpp"

namespace batpak::delivery {

class Digest {
public:
    explicit Digest(bool has_hashes) noexcept : has_hashes_(has_hashes) {}

    Hash of_region(const Region& region, OwnEvents own_events) const;
    // `before`, extended by one event.
    Hash extended(const Hash& before, const EventView& event) const;
    // `before`, extended by a damaged event that was passed over.
    Hash extended_by_skip(const Hash& before, Sequence sequence) const;

private:
    const bool has_hashes_;
};

}  // namespace batpak::delivery
