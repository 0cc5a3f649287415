// Witness: the last frame that a reader took, by which it knows its log again.
//
// Whatever is done to the files of a store under an open reader, be it a write that is taken back,
// an older copy or another store that is put in its place: the log goes on from what the reader
// has seen exactly if the frame that it took last still stands at its place, in a segment with the
// same header. No two events have one id, and the checksum of a frame covers the salt of its
// segment, its place and the event.
//
// Threads: immutable value
// Errors:  of still_stands: those of opening and reading a segment, but for its absence
#pragma once

#include "store/frame/frame_heads.hpp"
#include "store/frame/segment_header.hpp"
#include "store/log/store_directory.hpp"

namespace batpak::store {

struct Witness {
    SegmentHeader segment;
    std::uint64_t offset = 0;  // of the frame; 0 if there is none, and only the segment is known
    FrameHead head{};

    friend bool operator==(const Witness&, const Witness&) = default;
};

[[nodiscard]] Result<bool> still_stands(File& segment, const Witness& witness);
// The same, in the file that has the segment's name now. False if there is none.
[[nodiscard]] Result<bool> still_stands(StoreDirectory& directory, const Witness& witness);

}  // namespace batpak::store
