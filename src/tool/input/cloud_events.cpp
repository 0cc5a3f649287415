// The attributes that batpak's own export writes come back as what they were. All others become
// metadata, and so do attributes of other producers that only have the name of one of batpak's:
// nothing that a producer said is dropped, and nothing is guessed.
#include "tool/input/cloud_events.hpp"

#include <algorithm>
#include <array>

#include "batpak/base/id.hpp"
#include "batpak/event/detail/limits.hpp"
#include "batpak/json.hpp"
#include "tool/input/import_mapping.hpp"
#include "tool/text/base64.hpp"
#include "tool/text/parse.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

using nlohmann::json;

// Where metadata has an attribute that has no place of its own.
constexpr std::string_view kAttributePrefix = "ce-";
constexpr std::string_view kBatpakSource = "urn:batpak:";

bool is_of_batpak(const CloudParts& parts) { return parts.source.starts_with(kBatpakSource); }

tl::unexpected<Error> no_cloud_event(const std::string& why) {
    return fail(ErrorCode::InvalidArgument, "the line is no CloudEvent of version 1.0: " + why);
}

// An attribute that must be there, and say something.
Result<std::string> required(const json& line, const char* name) {
    const auto member = line.find(name);
    if (member == line.end()) return no_cloud_event(std::string("it has no \"") + name + "\"");
    const bool is_text = member->is_string() && !member->get_ref<const std::string&>().empty();
    if (!is_text) return no_cloud_event(std::string("its \"") + name + "\" is no text");
    return member->get<std::string>();
}

// Attributes are texts, numbers or truths; null says that there is none.
Result<std::optional<std::string>> attribute_text(const std::string& name, const json& value) {
    if (value.is_null()) return std::optional<std::string>();
    if (value.is_string()) return std::optional(value.get<std::string>());
    if (value.is_number() || value.is_boolean()) return std::optional(value.dump());
    return no_cloud_event("its attribute " + in_quotes(name, 40) + " is an object or an array");
}

// A name that is no text stands as "<attribute>hex".
Result<void> take_name(json& line, const char* attribute, const CloudParts& parts) {
    const auto bytes = line.find(std::string(attribute) + "hex");
    if (bytes != line.end() && is_of_batpak(parts)) {
        json name = {{"$bytes", *bytes}};
        line.erase(bytes);
        line[attribute] = std::move(name);
        return {};
    }
    const auto there = line.find(attribute);
    if (there == line.end() || there->is_null()) {
        line[attribute] = parts.source;
    } else if (!there->is_string() || there->get_ref<const std::string&>().empty()) {
        return no_cloud_event(std::string("its \"") + attribute + "\" is no text");
    }
    return {};
}

// The number and the name, as far as each is there.
void take_kind(json& line, const std::string& type, const CloudParts& parts) {
    const auto kind = line.find("kind");
    const bool has_number = is_of_batpak(parts) && kind != line.end() && kind->is_string() &&
                            parse_kind(kind->get<std::string>()).has_value();
    if (has_number) {
        if (type != kind->get_ref<const std::string&>()) line["kind_name"] = type;
        return;
    }
    if (kind != line.end()) {
        json other = *kind;
        line["ce-kind"] = std::move(other);
    }
    line["kind"] = type;
}

// An id that is none of batpak's is kept as what it is.
void take_id(json& line, const char* name) {
    const auto id = line.find(name);
    if (id == line.end()) return;
    const bool is_id = id->is_string() && EventId::parse(id->get<std::string>()).has_value();
    if (is_id) return;
    json other = *id;
    line.erase(id);
    line[std::string(kAttributePrefix) + name] = std::move(other);
}

Result<void> take_data(json& line, CloudParts& parts) {
    const auto encoded = line.find("data_base64");
    if (encoded != line.end() && line.contains("data"))
        return no_cloud_event("it has both \"data\" and \"data_base64\"");
    if (encoded != line.end()) {
        if (encoded->is_string())
            parts.bytes = decode_base64(encoded->get_ref<const std::string&>());
        if (!parts.bytes) return no_cloud_event("its \"data_base64\" is no base64");
        line.erase(encoded);
    }
    if (!line.contains("data")) line["data"] = nullptr;
    return {};
}

// What import reads by itself, by the names that it has here.
bool has_place(std::string_view name) {
    constexpr std::array<std::string_view, 10> names = {"subject",     "scope", "kind", "kind_name",
                                                        "data",        "time",  "id",   "type",
                                                        "specversion", "source"};
    return std::ranges::find(names, name) != names.end() || name == "correlationid" ||
           name == "causationid";
}

std::string metadata_key(std::string_view name, const CloudParts& parts) {
    if (is_of_batpak(parts) && name == "sequence") return "source-sequence";
    if (is_of_batpak(parts) && name == "hash") return "source-hash-value";
    if (name == Metadata::kTraceParent || name == Metadata::kTraceState) return std::string(name);
    if (name.starts_with(kAttributePrefix)) return std::string(name);
    return std::string(kAttributePrefix) + std::string(name);
}

Result<void> take_others(const json& line, CloudParts& parts) {
    BATPAK_CHECK(parts.metadata.set("source", parts.source));
    BATPAK_CHECK(parts.metadata.set("source-id", parts.id));
    for (const auto& [name, value] : line.get_ref<const json::object_t&>()) {
        if (has_place(name)) continue;
        BATPAK_TRY(const std::optional<std::string> text, attribute_text(name, value));
        const std::string_view usual =
            parts.bytes ? "application/octet-stream" : "application/json";
        if (!text || (name == "datacontenttype" && *text == usual)) continue;
        BATPAK_CHECK(parts.metadata.set(metadata_key(name, parts), *text));
    }
    return {};
}

}  // namespace

Result<CloudParts> take_cloud_event(json& line) {
    BATPAK_TRY(const std::string version, required(line, "specversion"));
    if (version != "1.0") return no_cloud_event("its version is " + in_quotes(version, 20));
    CloudParts parts;
    BATPAK_TRY(parts.id, required(line, "id"));
    BATPAK_TRY(parts.source, required(line, "source"));
    BATPAK_TRY(const std::string type, required(line, "type"));
    if (parts.key().size() > limits::kIdempotencyKeyBytesMax)
        return no_cloud_event("its source and id have over 255 bytes, and are its key");
    const auto erased = line.find("erased");
    parts.is_erased =
        is_of_batpak(parts) && erased != line.end() && erased->is_boolean() && erased->get<bool>();
    take_kind(line, type, parts);
    for (const char* const name : {"correlationid", "causationid"}) take_id(line, name);
    BATPAK_CHECK(take_data(line, parts));
    BATPAK_CHECK(take_name(line, "subject", parts));
    BATPAK_CHECK(take_name(line, "scope", parts));
    BATPAK_CHECK(take_others(line, parts));
    return parts;
}

}  // namespace batpak::tool
