// One object for a kind, the same for `batpak catalogue --json` and for the pages of the inspector.
// A kind without a name, and a version without a shape, lack the member: a program asks whether it
// is there, and not whether a text is empty.
#include "tool/events/catalogue_json.hpp"

#include "tool/text/json_line.hpp"

namespace batpak::tool {
namespace {

std::string fields_json(const KindVersion& version, bool ascii) {
    std::string fields;
    for (const KindField& field : version.fields()) {
        JsonLine line(ascii);
        line.text("name", field.name);
        line.text("type", field.type);
        fields += (fields.empty() ? "" : ",") + line.finish();
    }
    return "[" + fields + "]";
}

std::string versions_json(const KindEntry& entry, bool ascii) {
    std::string versions;
    for (const KindVersion& version : entry.versions) {
        JsonLine line(ascii);
        line.number("payload_version", version.payload_version);
        line.text("kind_name", version.name);
        if (!version.shape.empty()) line.text("shape", version.shape);
        line.raw("fields", fields_json(version, ascii));
        line.number("noted_at", version.noted_at.value);
        versions += (versions.empty() ? "" : ",") + line.finish();
    }
    return "[" + versions + "]";
}

}  // namespace

std::string kind_entry_json(const KindEntry& entry, bool ascii) {
    JsonLine line(ascii);
    line.text("kind", to_string(entry.kind));
    if (!entry.name.empty()) line.text("kind_name", entry.name);
    line.number("first", entry.first.value);
    line.number("events", entry.events);
    line.raw("versions", versions_json(entry, ascii));
    return line.finish();
}

}  // namespace batpak::tool
