// The copy of a segment: bytes are hashed while they are copied, and every frame of the copy is
// proved when it is there.
//
// Threads: thread-safe
// Errors:  CorruptFrame, CorruptSegment: of the source; those of reading and writing files
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "batpak/base/file_system.hpp"
#include "batpak/base/hash.hpp"
#include "batpak/base/result.hpp"
#include "store/frame/segment_header.hpp"
#include "store/log/manifest.hpp"

namespace batpak::store {

struct CopiedSegment {
    SegmentHeader header;
    std::optional<Hash> hash;  // of the whole file
};

// Told of so many more bytes; whether to go on.
using CopyStep = std::function<bool(std::uint64_t bytes)>;

// Copies the first `segment.bytes` of `source`, which are all the frames of its events, and makes
// the copy durable. Nothing if `step` ended it.
[[nodiscard]] Result<std::optional<CopiedSegment>> copy_segment(File& source,
                                                                const SealedSegment& segment,
                                                                File& copy, const CopyStep& step);

// The header of a file, which must be that of the segment.
[[nodiscard]] Result<SegmentHeader> header_of(File& file, const SealedSegment& segment);
// The hash of the first `bytes` of a file; nothing without BLAKE3, or if `step` ended it.
[[nodiscard]] Result<std::optional<Hash>> hash_of_file(File& file, std::uint64_t bytes,
                                                       const CopyStep& step);
// Every frame of the segment stands in the file, and nothing after them.
[[nodiscard]] Result<void> prove_frames(File& file, const SegmentHeader& header,
                                        const SealedSegment& segment);
// What is said of a frame that is damaged.
Error damaged_in(std::uint64_t segment_id, std::uint64_t offset, Sequence sequence);

}  // namespace batpak::store
