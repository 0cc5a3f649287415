// The attributes stand in one order, so that the same event is the same bytes each time. Data is
// JSON only if JSON has all of it: what has a form of batpak's own, as bytes inside a payload have,
// is given as bytes, which every reader takes as they are.
#include "tool/events/cloud_event.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "batpak/base/detail/utf8.hpp"
#include "batpak/json.hpp"
#include "tool/text/base64.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/payload_json.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

using nlohmann::json;

// Whether others read the value from its JSON as it is.
bool is_plain_json(const json& value) {
    if (value.is_binary() || value.is_discarded()) return false;
    if (value.is_object() && value.size() == 1 && value.contains("$bytes")) return false;
    return !value.is_structured() || std::ranges::all_of(value, is_plain_json);
}

// A name as an attribute; the hexadecimal of one that is no text, under another name.
void add_name(JsonLine& line, const std::string& attribute, std::string_view name) {
    if (is_utf8(name)) {
        line.text(attribute, name);
    } else {
        line.text(attribute + "hex", to_hex(as_bytes(name)));
    }
}

void add_data(JsonLine& line, const EventView& event) {
    if (event.erased) return line.boolean("erased", true);
    const Result<json> value = event.as<json>();
    if (value && is_plain_json(*value)) {
        line.text("datacontenttype", "application/json");
        line.raw("data", value_json(*value, false));
        return;
    }
    line.text("datacontenttype", "application/octet-stream");
    line.text("data_base64", encode_base64(event.payload));
}

void add_trace(JsonLine& line, const EventView& event) {
    const Result<Metadata> metadata = event.metadata();
    if (!metadata) return;
    for (const std::string_view key : {Metadata::kTraceParent, Metadata::kTraceState}) {
        if (const auto value = metadata->get(key)) line.text(key, *value);
    }
}

}  // namespace

std::string cloud_source(const LogId& log) { return "urn:batpak:" + to_string(log); }

std::string cloud_event_json(const EventView& event, const LogId& log, const KindNames& names) {
    const EventHeader& header = event.header;
    JsonLine line(false);
    line.text("specversion", "1.0");
    line.text("id", to_string(header.event_id));
    line.text("source", cloud_source(log));
    const std::string_view name = names.name_of(header.kind);
    const std::string number = to_string(header.kind);
    line.text("type", is_utf8(name) && !name.empty() ? name : std::string_view(number));
    add_name(line, "subject", event.entity);
    const std::string time = format_time(event.position.hlc.us);
    if (time.front() != '@') line.text("time", time);
    // In digits whose order is that of the numbers, as the extension of this name wants them.
    line.text("sequence", fmt::format("{:020}", event.sequence().value));
    add_name(line, "scope", event.scope);
    line.text("kind", number);
    if (header.correlation_id != header.event_id)
        line.text("correlationid", to_string(header.correlation_id));
    if (header.causation_id) line.text("causationid", to_string(*header.causation_id));
    if (!event.hash.is_zero()) line.text("hash", to_string(event.hash));
    add_trace(line, event);
    add_data(line, event);
    return line.finish();
}

}  // namespace batpak::tool
