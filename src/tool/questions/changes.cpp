#include "tool/questions/changes.hpp"

#include <algorithm>

namespace batpak::tool {

void add_to_changes(Changes& changes, const EventView& event) {
    const auto found = changes.find(event.entity);
    EntityChange& change =
        found != changes.end() ? found->second : changes[std::string(event.entity)];
    const Version version = event.version();
    change.first = change.events == 0 ? version : std::min(change.first, version);
    change.last = std::max(change.last, version);
    ++change.events;
}

void add_change(JsonLine& line, const std::string& entity, const EntityChange& change) {
    line.text("entity", entity);
    line.number("events", change.events);
    line.number("first_version", change.first.value);
    line.number("last_version", change.last.value);
    line.boolean("new", change.is_new());
}

}  // namespace batpak::tool
