// The rewriting of sealed segments into one, and the proof that it holds what they hold.
//
// The bodies of frames are kept to the byte, and with them all that hashes, ids and sequences are
// made of. What is new is where they stand: heads and checksums of frames, and the checksums of
// batches. Marks are left out.
//
// Threads: thread-safe
// Errors:  CorruptFrame, CorruptSegment, ForeignSegment: of a source, after which the target is no
//          use; those of reading and writing files
#pragma once

#include <optional>
#include <span>

#include "batpak/base/file_system.hpp"
#include "batpak/base/result.hpp"
#include "store/copy/segment_copy.hpp"
#include "store/frame/segment_header.hpp"
#include "store/log/manifest.hpp"
#include "store/log/segment_scan.hpp"
#include "store/log/store_directory.hpp"

namespace batpak::store {

// Writes all events of `sources`, which follow one another, into an empty file, behind `header`,
// and makes it durable. Nothing if `step` ended it.
[[nodiscard]] Result<std::optional<SealedSegment>> merge_segments(
    StoreDirectory& directory, std::span<const SealedSegment> sources, const SegmentHeader& header,
    File& target, const CopyStep& step);

// Reads the file back: its frames are those of a segment, and each of its events is, to the byte,
// the one of the sources. `visit` is called for each. False if `step` ended it.
[[nodiscard]] Result<bool> prove_merged(StoreDirectory& directory,
                                        std::span<const SealedSegment> sources,
                                        const SegmentHeader& header, const SealedSegment& merged,
                                        File& target, const CopyStep& step,
                                        const EventVisitor& visit);

}  // namespace batpak::store
