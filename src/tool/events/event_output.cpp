// An event as one line for people, as one object of JSON, or as a table with a line for each part.
#include "tool/events/event_output.hpp"

#include "tool/console/table.hpp"
#include "tool/events/event_members.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/payload_json.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
std::string payload_for_people(const EventView& event) {
    if (event.erased) return "erased, " + format_bytes(event.erased_bytes);
    return escape_line(payload_json(event.payload, false));
}

void print_event_line(Console& console, const EventView& event, const KindNames& names) {
    const std::string sequence = fmt::format("{:>8}", event.sequence().value);
    console.print("{}  {}  {}  {} v{}  {}  {}\n", console.paint(Colour::Dim, sequence),
                  format_time(event.position.hlc.us),
                  console.paint(Colour::Cyan, names.shown(event.kind())),
                  console.paint(Colour::Bold, escape(event.entity)), event.version().value,
                  escape(event.scope), payload_for_people(event));
}

// Everything that is stored and is not the default: a row that would say nothing is left out.
void print_event_whole(Console& console, const EventView& event, const KindNames& names) {
    Table table({{""}, {""}});
    const auto row = [&](std::string name, std::string value) {
        table.add({{std::move(name), Colour::Dim}, {std::move(value)}});
    };
    const EventHeader& header = event.header;
    row("sequence", std::to_string(event.sequence().value));
    row("entity", escape(event.entity) + " v" + std::to_string(event.version().value));
    row("scope", escape(event.scope));
    row("kind",
        names.in_full(header.kind) + ", payload version " + std::to_string(header.payload_version));
    row("id", to_string(header.event_id));
    row("time",
        format_time(event.position.hlc.us) + " +" + std::to_string(event.position.hlc.counter));
    row("observed", format_time(header.timestamp_us));
    if (header.correlation_id != header.event_id) {
        row("correlation", to_string(header.correlation_id));
    }
    if (header.causation_id) row("causation", to_string(*header.causation_id));
    if (header.flags != 0) row("flags", fmt::format("0x{:08x}", header.flags));
    if (const auto metadata = metadata_json(event, false)) row("metadata", escape_line(*metadata));
    for (const std::string_view tag : event.tags()) row("tag", escape(tag));
    if (const auto key = Metadata::idempotency_key(event.metadata_bytes); !key.empty()) {
        row("key", escape(as_text(key)));
    }
    if (event.batch_count > 1) {
        row("batch", fmt::format("{} of {}", event.batch_index + 1, event.batch_count));
    }
    if (!event.hash.is_zero()) row("hash", to_string(event.hash));
    row("durable", event.durable ? "yes" : "not known");
    const std::string size = event.erased ? "" : format_bytes(event.payload.size()) + ", ";
    row("payload", size + payload_for_people(event));
    table.print(console);
}

}  // namespace batpak::tool
