// CloudEvent: an event as CloudEvents 1.0 has it, in its JSON format, on one line.
//
// Threads: the functions are thread-safe
// Errors:  none
#pragma once

#include <string>

#include "batpak/base/id.hpp"
#include "batpak/event/event.hpp"
#include "tool/events/kind_names.hpp"

namespace batpak::tool {

// "urn:batpak:<log id>": where the events of a log are from.
std::string cloud_source(const LogId& log);

std::string cloud_event_json(const EventView& event, const LogId& log, const KindNames& names);

}  // namespace batpak::tool
