// FbatOrigin: what of an event of the Rust original has no place in an event of batpak: it is kept
// as metadata, under keys that begin with "source-".
//
// Threads: the functions are thread-safe
// Errors:  origin_of(): MetadataTooLarge, InvalidArgument
#pragma once

#include "batpak/base/result.hpp"
#include "batpak/event/metadata.hpp"
#include "tool/fbat/fbat_event.hpp"
#include "tool/fbat/fbat_frame.hpp"

namespace batpak::tool {

// Whether metadata holds all that the event has besides: what was said with its receipt, and which
// key its payload is encrypted with.
bool extensions_fit(const FbatFrame& frame);

// Of an event that is kept. What does not fit is left out, and said to be.
[[nodiscard]] Result<Metadata> origin_of(const FbatFrame& frame, const FbatEvent& event);

}  // namespace batpak::tool
