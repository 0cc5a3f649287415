// The rewriting of sealed segments into one, and the proof that it holds what they hold.
//
// The bodies of frames are kept to the byte, and with them all that hashes, ids and sequences are
// made of; or, if payloads are to go, all but those of the events concerned. What is new is where
// they stand: heads and checksums of frames, and the checksums of batches. Marks are left out.
//
// Threads: thread-safe
// Errors:  CorruptFrame, CorruptSegment, ForeignSegment: of a source, after which the target is no
//          use; those of reading and writing files
#pragma once

#include <functional>
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

// Gives the body that the new segment has of an event whose frame is given, with its body. Empty:
// all stay as they are. Borrows: what it gives, until the next call.
using BodyChange = std::function<Result<BytesView>(const Frame& frame, BytesView body)>;

// Writes all events of `sources`, which follow one another, into an empty file, behind `header`,
// and makes it durable. Nothing if `step` ended it.
[[nodiscard]] Result<std::optional<SealedSegment>> merge_segments(
    StoreDirectory& directory, std::span<const SealedSegment> sources, const SegmentHeader& header,
    File& target, const BodyChange& change, const CopyStep& step);

// Reads the file back: its frames are those of a segment, and each of its events is, to the byte,
// the one of the sources, or what `change` makes of it. `visit` is called for each. False if `step`
// ended it.
[[nodiscard]] Result<bool> prove_merged(StoreDirectory& directory,
                                        std::span<const SealedSegment> sources,
                                        const SegmentHeader& header, const SealedSegment& merged,
                                        File& target, const BodyChange& change,
                                        const CopyStep& step, const EventVisitor& visit);

}  // namespace batpak::store
