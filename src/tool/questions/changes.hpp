// Changes: which entities some events belong to, and what these did to each.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "batpak/event/event.hpp"
#include "tool/text/json_line.hpp"

namespace batpak::tool {

struct EntityChange {
    std::uint64_t events = 0;
    Version first;
    Version last;

    // Its stream began with these events.
    bool is_new() const noexcept { return first == Version(0); }
};

// By the name of the entity. In memory at once: as many entries as entities changed.
using Changes = std::map<std::string, EntityChange, std::less<>>;

// In any order.
void add_to_changes(Changes& changes, const EventView& event);
void add_change(JsonLine& line, const std::string& entity, const EntityChange& change);

}  // namespace batpak::tool
