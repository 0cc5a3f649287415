// One table says what members an event has, in their order, so that two outputs can be compared
// line by line; all else about them goes by its rows.
//
// Who adds a member adds a row here, and a line to docs/TOOL.md. The order is part of what is
// promised: two exports of one log are the same bytes.
#include "tool/events/event_members.hpp"

#include <array>

#include "batpak/base/assert.hpp"
#include "batpak/json.hpp"
#include "tool/text/nearest.hpp"
#include "tool/text/payload_json.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

using nlohmann::json;
using Text = std::optional<std::string>;

// How members are written, and what the kinds are called.
struct Manner {
    bool ascii;
    const KindNames& names;
};

struct Member {
    std::string_view name;
    Text (*text)(const EventView& event, const Manner& manner);  // as JSON; nothing: says nothing
};

std::string quoted(const std::string& plain) { return '"' + plain + '"'; }

Text number(std::uint64_t value) { return std::to_string(value); }

// An event that was appended alone is a batch of one, which is not worth two members.
Text batch(const EventView& event, std::uint32_t value) {
    return event.batch_count > 1 ? number(value) : std::nullopt;
}

// The application's bits: the others have members of their own.
Text own_flags(const EventView& event) {
    const std::uint32_t flags = event.header.flags & kApplicationFlags;
    return flags != 0 ? number(flags) : std::nullopt;
}

// An event that begins a story has its own id as the story's, and `id` has said that.
Text correlation(const EventView& event) {
    const EventHeader& header = event.header;
    if (header.correlation_id == header.event_id) return std::nullopt;
    return quoted(to_string(header.correlation_id));
}

Text causation(const EventView& event) {
    if (!event.header.causation_id) return std::nullopt;
    return quoted(to_string(*event.header.causation_id));
}

Text key(const EventView& event, bool ascii) {
    const std::string_view text = as_text(Metadata::idempotency_key(event.metadata_bytes));
    return text.empty() ? std::nullopt : Text(text_json(text, ascii));
}

// Nothing if there are none. One that is no UTF-8 is {"$bytes": "<hex>"}, as names are.
Text tags(const EventView& event, bool ascii) {
    if (event.tags().empty()) return std::nullopt;
    std::string out = "[";
    for (const std::string_view tag : event.tags()) {
        if (out.size() > 1) out += ',';
        out += text_json(tag, ascii);
    }
    return out + "]";
}

Text encrypted(const EventView& event) {
    return (event.header.flags & kFlagEncrypted) != 0 ? Text("true") : std::nullopt;
}

Text hash(const EventView& event) {
    return event.hash.is_zero() ? std::nullopt : Text(quoted(to_string(event.hash)));
}

Text kind_name(const EventView& event, const Manner& manner) {
    const std::string_view name = manner.names.name_of(event.kind());
    return name.empty() ? std::nullopt : Text(text_json(name, manner.ascii));
}

using View = const EventView&;
using How = const Manner&;
constexpr std::array kMembers = {
    Member{"sequence", [](View e, How) { return number(e.sequence().value); }},
    Member{"version", [](View e, How) { return number(e.version().value); }},
    Member{"id", [](View e, How) { return Text(quoted(to_string(e.header.event_id))); }},
    Member{"kind", [](View e, How) { return Text(quoted(to_string(e.header.kind))); }},
    Member{"kind_name", kind_name},
    Member{"payload_version", [](View e, How) { return number(e.header.payload_version); }},
    Member{"entity", [](View e, How how) { return Text(text_json(e.entity, how.ascii)); }},
    Member{"scope", [](View e, How how) { return Text(text_json(e.scope, how.ascii)); }},
    Member{"time", [](View e, How) { return Text(quoted(format_time(e.position.hlc.us))); }},
    Member{"timestamp_us", [](View e, How) { return Text(std::to_string(e.header.timestamp_us)); }},
    Member{"hlc_us", [](View e, How) { return Text(std::to_string(e.position.hlc.us)); }},
    Member{"hlc_counter", [](View e, How) { return number(e.position.hlc.counter); }},
    Member{"correlation", [](View e, How) { return correlation(e); }},
    Member{"causation", [](View e, How) { return causation(e); }},
    Member{"flags", [](View e, How) { return own_flags(e); }},
    Member{"encrypted", [](View e, How) { return encrypted(e); }},
    Member{"metadata", [](View e, How how) { return metadata_json(e, how.ascii); }},
    Member{"tags", [](View e, How how) { return tags(e, how.ascii); }},
    Member{"idempotency_key", [](View e, How how) { return key(e, how.ascii); }},
    Member{"batch_index", [](View e, How) { return batch(e, e.batch_index); }},
    Member{"batch_count", [](View e, How) { return batch(e, e.batch_count); }},
    Member{"hash", [](View e, How) { return hash(e); }},
    Member{"durable", [](View e, How) { return Text(e.durable ? "true" : "false"); }},
    Member{"erased", [](View e, How) { return e.erased ? Text("true") : std::nullopt; }},
    Member{"erased_bytes",
           [](View e, How) { return e.erased ? number(e.erased_bytes) : std::nullopt; }},
    Member{"payload",
           [](View e, How how) {
               return e.erased ? std::nullopt : Text(payload_json(e.payload, how.ascii));
           }},
};

// The other members are single values, even where they are written as arrays.
bool has_parts(std::string_view member) { return member == "payload" || member == "metadata"; }

tl::unexpected<Error> no_field(const FieldPath& path) {
    const std::string& name = path.steps.front();
    std::string text = "events have no field " + in_quotes(name, 60);
    if (const auto meant = nearest(name, event_member_names())) {
        text += ": did you mean " + *meant + "?";
    } else {
        text += "; one of their payload is payload." + escape(shorten(path.text, 60));
    }
    return fail(ErrorCode::InvalidArgument, text);
}

}  // namespace

std::vector<std::string> event_member_names() {
    std::vector<std::string> names;
    for (const Member& member : kMembers) names.emplace_back(member.name);
    return names;
}

// A member that says nothing is left out, so an event without a cause has no "causation": null.
void add_event(JsonLine& line, const EventView& event, const KindNames& names) {
    const Manner manner{line.is_ascii(), names};
    for (const Member& member : kMembers) {
        if (const Text text = member.text(event, manner)) line.raw(member.name, *text);
    }
}

std::string event_json(const EventView& event, const KindNames& names, bool ascii) {
    JsonLine line(ascii);
    add_event(line, event, names);
    return line.finish();
}

std::optional<std::string> metadata_json(const EventView& event, bool ascii) {
    const Result<Metadata> metadata = event.metadata();
    if (!metadata) return bytes_json(event.metadata_bytes);
    if (metadata->empty()) return std::nullopt;
    std::string out = "{";
    for (const Metadata::Entry& entry : *metadata) {
        if (out.size() > 1) out += ',';
        out += text_json(entry.key, ascii) + ":" + text_json(entry.value, ascii);
    }
    return out + "}";
}

Result<std::vector<EventField>> parse_event_fields(std::string_view text) {
    BATPAK_TRY(std::vector<FieldPath> paths, parse_field_paths(text));
    std::vector<EventField> fields;
    for (FieldPath& path : paths) {
        BATPAK_TRY(EventField field, to_event_field(std::move(path)));
        fields.push_back(std::move(field));
    }
    return fields;
}

Result<EventField> to_event_field(FieldPath path) {
    for (std::size_t i = 0; i < kMembers.size(); ++i) {
        if (kMembers[i].name != path.steps.front()) continue;
        if (path.steps.size() > 1 && !has_parts(kMembers[i].name)) {
            return fail(ErrorCode::InvalidArgument, in_quotes(path.text, 60) + ": " +
                                                        path.steps.front() +
                                                        " has no parts; payload and metadata have");
        }
        return EventField{i, std::move(path)};
    }
    return no_field(path);
}

// Decoded once for each event, and only if a field inside is asked for. A payload that is no
// MessagePack has no fields.
const json& EventValues::inside(const EventField& field) {
    // has_parts() names the two members that have an inside, so what is not the payload is
    // metadata.
    const bool of_payload = kMembers[field.member].name == "payload";
    std::optional<json>& whole = of_payload ? payload_ : metadata_;
    if (!whole && of_payload) {
        Result<json> decoded = event_.as<json>();
        whole = decoded ? *std::move(decoded) : json();
    } else if (!whole) {
        const Text text = metadata_json(event_, false);
        whole = text ? json::parse(*text) : json();
    }
    return *whole;
}

std::optional<std::string> EventValues::text(const EventField& field, bool ascii) {
    if (field.path.steps.size() == 1) return kMembers[field.member].text(event_, {ascii, names_});
    const json* const found = walk(inside(field), field.path);
    return found == nullptr ? std::nullopt : Text(value_json(*found, ascii));
}

std::optional<json> EventValues::value(const EventField& field) {
    if (has_parts(kMembers[field.member].name)) {
        const json* const found = walk(inside(field), field.path);
        return found == nullptr ? std::nullopt : std::optional(*found);
    }
    const Text text = kMembers[field.member].text(event_, {false, names_});
    return text ? std::optional(json::parse(*text)) : std::nullopt;
}

}  // namespace batpak::tool
