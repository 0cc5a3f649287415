// An event as one object of JSON, as one line for people, or as a table. Members that say nothing
// are left out: a story of its own, no cause, no flags. The order is fixed, so that two outputs can
// be compared line by line.
#include "tool/inspect/event_output.hpp"

#include "tool/console/table.hpp"
#include "tool/text/payload_json.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

// The application's bits: the others have members of their own.
std::uint32_t own_flags(const EventView& event) { return event.header.flags & kApplicationFlags; }

bool has_other_story(const EventView& event) {
    return event.header.correlation_id != event.header.event_id;
}

// Nothing if there are no entries but batpak's own.
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

std::string_view idempotency_key(const EventView& event) {
    return as_text(Metadata::idempotency_key(event.metadata_bytes));
}

std::string event_json_line(const EventView& event, bool ascii) {
    JsonLine line(ascii);
    add_event(line, event, ascii);
    return line.finish() + "\n";
}

std::string payload_for_people(const EventView& event) {
    return escape_line(payload_json(event.payload, false));
}

}  // namespace

void add_event(JsonLine& line, const EventView& event, bool ascii) {
    const EventHeader& header = event.header;
    line.number("sequence", event.sequence().value);
    line.number("version", event.version().value);
    line.text("id", to_string(header.event_id));
    line.text("kind", to_string(header.kind));
    line.number("payload_version", header.payload_version);
    line.text("entity", event.entity);
    line.text("scope", event.scope);
    line.text("time", format_time(event.position.hlc.us));
    line.signed_number("timestamp_us", header.timestamp_us);
    line.signed_number("hlc_us", event.position.hlc.us);
    line.number("hlc_counter", event.position.hlc.counter);
    if (has_other_story(event)) line.text("correlation", to_string(header.correlation_id));
    if (header.causation_id) line.text("causation", to_string(*header.causation_id));
    if (own_flags(event) != 0) line.number("flags", own_flags(event));
    if ((header.flags & kFlagEncrypted) != 0) line.boolean("encrypted", true);
    if (const auto metadata = metadata_json(event, ascii)) line.raw("metadata", *metadata);
    if (const std::string_view key = idempotency_key(event); !key.empty()) {
        line.text("idempotency_key", key);
    }
    if (event.batch_count > 1) {
        line.number("batch_index", event.batch_index);
        line.number("batch_count", event.batch_count);
    }
    if (!event.hash.is_zero()) line.text("hash", to_string(event.hash));
    line.boolean("durable", event.durable);
    line.raw("payload", payload_json(event.payload, ascii));
}

void print_event_line(Console& console, const EventView& event) {
    if (console.is_json()) {
        console.write(event_json_line(event, console.ascii_json()));
        return;
    }
    const std::string sequence = fmt::format("{:>8}", event.sequence().value);
    console.print("{}  {}  {}  {} v{}  {}  {}\n", console.paint(Colour::Dim, sequence),
                  format_time(event.position.hlc.us),
                  console.paint(Colour::Cyan, to_string(event.kind())),
                  console.paint(Colour::Bold, escape(event.entity)), event.version().value,
                  escape(event.scope), payload_for_people(event));
}

void print_event_whole(Console& console, const EventView& event) {
    if (console.is_json()) return print_event_line(console, event);
    Table table({{""}, {""}});
    const auto row = [&](std::string name, std::string value) {
        table.add({{std::move(name), Colour::Dim}, {std::move(value)}});
    };
    const EventHeader& header = event.header;
    row("sequence", std::to_string(event.sequence().value));
    row("entity", escape(event.entity) + " v" + std::to_string(event.version().value));
    row("scope", escape(event.scope));
    row("kind",
        to_string(header.kind) + ", payload version " + std::to_string(header.payload_version));
    row("id", to_string(header.event_id));
    row("time",
        format_time(event.position.hlc.us) + " +" + std::to_string(event.position.hlc.counter));
    row("observed", format_time(header.timestamp_us));
    if (has_other_story(event)) row("correlation", to_string(header.correlation_id));
    if (header.causation_id) row("causation", to_string(*header.causation_id));
    if (header.flags != 0) row("flags", fmt::format("0x{:08x}", header.flags));
    if (const auto metadata = metadata_json(event, false)) row("metadata", escape_line(*metadata));
    if (const std::string_view key = idempotency_key(event); !key.empty()) {
        row("key", escape(key));
    }
    if (event.batch_count > 1) {
        row("batch", fmt::format("{} of {}", event.batch_index + 1, event.batch_count));
    }
    if (!event.hash.is_zero()) row("hash", to_string(event.hash));
    row("durable", event.durable ? "yes" : "not known");
    row("payload",
        fmt::format("{}, {}", format_bytes(event.payload.size()), payload_for_people(event)));
    table.print(console);
}

}  // namespace batpak::tool
