// What a Tombstone would erase: found and read before anything is changed.
//
// Threads: the functions are thread-safe
// Errors:  InvalidArgument, EventNotFound; those of reading: an event that cannot be read, or is
//          not what was hashed, ends the choice
#pragma once

#include <memory>
#include <vector>

#include "batpak/store/compaction.hpp"
#include "store/erasure/sequence_set.hpp"
#include "store/log/manifest.hpp"
#include "store/log/store_directory.hpp"
#include "store/view/read_side.hpp"

namespace batpak::store {

[[nodiscard]] Result<void> check_tombstone(const Tombstone& tombstone);
// The events whose payload is there and goes, in sets of at most `ranges_max` ranges; none if there
// is nothing to do. Each was read, and its hash checked where there is one.
[[nodiscard]] Result<std::vector<SequenceSet>> choose_payloads(
    const std::shared_ptr<ReadSide>& side, const Tombstone& tombstone, std::size_t ranges_max);
// Whether each sealed segment that has one of these events is whole.
[[nodiscard]] Result<void> prove_segments_of(StoreDirectory& directory, const Manifest& manifest,
                                             const SequenceSet& erased);

}  // namespace batpak::store
