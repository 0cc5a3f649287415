// The header of a segment of which one byte is wrong.
//
// A header holds the salt, without which no frame of its segment can be checked: a single flipped
// byte would cost the whole file. Its checksum tells which byte it was.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <optional>

#include "batpak/base/bytes.hpp"
#include "store/frame/segment_header.hpp"

namespace batpak::store {

// The header that differs from these bytes in one byte; nothing if there is none. Frames have to
// confirm it: of headers that differ in more, one in some 200,000 looks like one of these.
// Requires: bytes.size() == SegmentHeader::kBytes.
std::optional<SegmentHeader> repaired_header(BytesView bytes);

}  // namespace batpak::store
