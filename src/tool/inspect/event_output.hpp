// Events as the commands show them: a line each, or all that is known of one.
//
// Threads: the functions are thread-safe, but for the Console they write to
// Errors:  none; what cannot be decoded is shown as bytes
#pragma once

#include <string>

#include "batpak/event/event.hpp"
#include "tool/console/console.hpp"
#include "tool/text/json_line.hpp"

namespace batpak::tool {

// The members of an event, in the order of docs/TOOL.md.
void add_event(JsonLine& line, const EventView& event, bool ascii);

// One line: JSON or human, as the console is set.
void print_event_line(Console& console, const EventView& event);
// The same JSON; for people, a line for each part.
void print_event_whole(Console& console, const EventView& event);

}  // namespace batpak::tool
