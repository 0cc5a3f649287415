// EventMembers: an event as the members of a JSON object, in the order of docs/TOOL.md. What an
// option names as a field of an event is one of them, or lies in one.
//
// Threads: the functions are thread-safe; EventValues is thread-compatible
// Errors:  parse_event_fields(): InvalidArgument. What cannot be decoded is given as bytes
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "batpak/event/event.hpp"
#include "tool/events/kind_names.hpp"
#include "tool/text/field_path.hpp"
#include "tool/text/json_line.hpp"

namespace batpak::tool {

// Their names, in order.
std::vector<std::string> event_member_names();

// Adds those that say something: a story of its own, no cause and no flags do not.
void add_event(JsonLine& line, const EventView& event, const KindNames& names);
// The whole object.
std::string event_json(const EventView& event, const KindNames& names, bool ascii);

// The metadata without batpak's own entries, as JSON; nothing if there is none.
std::optional<std::string> metadata_json(const EventView& event, bool ascii);

struct EventField {
    std::size_t member = 0;
    FieldPath path;  // its first step is the name of the member
};

// "entity,payload.size". The error names what was probably meant.
[[nodiscard]] Result<std::vector<EventField>> parse_event_fields(std::string_view text);
[[nodiscard]] Result<EventField> to_event_field(FieldPath path);

// The fields of one event. Decodes a payload once, however many of its fields are asked for.
// Borrows: the event and the names.
class EventValues {
public:
    EventValues(const EventView& event, const KindNames& names) : event_(event), names_(names) {}

    // Nothing if the event does not have it.
    std::optional<std::string> text(const EventField& field, bool ascii);  // as JSON
    std::optional<nlohmann::json> value(const EventField& field);

private:
    const nlohmann::json& inside(const EventField& field);

    const EventView& event_;
    const KindNames& names_;
    std::optional<nlohmann::json> payload_;
    std::optional<nlohmann::json> metadata_;
};

}  // namespace batpak::tool
