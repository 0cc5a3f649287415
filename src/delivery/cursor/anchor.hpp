// The anchor of a position: an event by which a history is known again.
//
// An id is given once and has 62 random bits, so a log that has exactly this event at this place
// has all the events before it that were there then. Of an event that cannot be read the index
// still knows the front half of the id.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <memory>
#include <optional>

#include "batpak/delivery/cursor.hpp"
#include "store/view/event_reader.hpp"
#include "store/view/read_side.hpp"

namespace batpak::delivery {

using Anchor = CursorPosition::Anchor;

// What stands at that place; nothing if neither the event nor its index can be read.
// Requires: the place is below the pin's end.
std::optional<Anchor> anchor_at(const store::Pin& pin, const std::shared_ptr<store::ReadSide>& side,
                                Sequence sequence);

// Whether the log has the event of the anchor, as far as that can be told.
bool may_have(const store::Pin& pin, const std::shared_ptr<store::ReadSide>& side,
              const Anchor& anchor);

}  // namespace batpak::delivery
