// Events as text for people: a line each, or all that is known of one.
//
// Threads: the functions are thread-safe, but for the Console they write to
// Errors:  none; what cannot be decoded is shown as bytes
#pragma once

#include <string>

#include "batpak/event/event.hpp"
#include "tool/console/console.hpp"
#include "tool/events/kind_names.hpp"

namespace batpak::tool {

// One line, never cut.
void print_event_line(Console& console, const EventView& event, const KindNames& names);
// The payload as one line, or that it was erased.
std::string payload_for_people(const EventView& event);
// A line for each part.
void print_event_whole(Console& console, const EventView& event, const KindNames& names);

}  // namespace batpak::tool
