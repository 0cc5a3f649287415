// The shapes of one event: asked (EventFields, from an AppendRequest), placed (EventPlace), stored
// (EventView). These functions turn one into another, and are the only ones that know the two ways
// to say "none": in EventFields, frames and indexes a nil correlation id is the event's own id and
// a nil causation id is none; an EventView names the own id, and has an empty optional.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include "batpak/event/event.hpp"
#include "batpak/event/hash_chain.hpp"

namespace batpak::store {

struct Frame;

// P of an event, which an erased one has in its frame. Without hashes
// in the build only an erased one has it.
Hash commitment_of(const Frame& frame);
// Both borrow as `event` does.
EventFields fields_of(const EventView& event) noexcept;
EventPlace place_of(const EventView& event) noexcept;
// Not durable. Borrows: as `fields` do.
EventView view_of(const EventFields& fields, const EventPlace& place, const Hash& hash) noexcept;

}  // namespace batpak::store
