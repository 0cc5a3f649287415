#include "tool/import_mapping.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "batpak/event/event.hpp"
#include "batpak/json.hpp"
#include "tool/parse.hpp"
#include "tool/payload_json.hpp"
#include "tool/text.hpp"

namespace batpak::tool {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, kParts> kPartNames = {
    "entity",      "scope",     "kind",  "payload",   "metadata",
    "correlation", "causation", "flags", "timestamp",
};

std::size_t index_of(Part part) { return static_cast<std::size_t>(part); }

bool is_required(Part part) { return part <= Part::Payload; }

tl::unexpected<Error> invalid(std::string detail) {
    return fail(ErrorCode::InvalidArgument, std::move(detail));
}

std::string in_quotes(std::string_view text) { return "\"" + escape(shorten(text, 60)) + "\""; }

// Where a part comes from: a way through the objects of the line, or one value for all lines.
struct Source {
    std::vector<std::string> way;
    std::optional<json> value;
};

// "~1" is '/' and "~0" is '~' in a part of a JSON pointer.
std::string unescape_pointer(std::string_view part) {
    std::string out;
    for (std::size_t i = 0; i < part.size(); ++i) {
        const bool escaped = part[i] == '~' && i + 1 < part.size();
        if (escaped && part[i + 1] == '1') {
            out += '/';
            ++i;
        } else if (escaped && part[i + 1] == '0') {
            out += '~';
            ++i;
        } else {
            out += part[i];
        }
    }
    return out;
}

Source source_at(std::string_view field) {
    Source source;
    if (field.empty()) return source;
    if (!field.starts_with('/')) return {.way = {std::string(field)}, .value = {}};
    while (!field.empty()) {
        field.remove_prefix(1);
        const std::size_t end = std::min(field.find('/'), field.size());
        source.way.push_back(unescape_pointer(field.substr(0, end)));
        field.remove_prefix(end);
    }
    return source;
}

}  // namespace

std::string_view to_string(Part part) noexcept { return kPartNames[index_of(part)]; }

class ImportMapping::Rules {
public:
    Rules() {
        for (std::size_t i = 0; i < kParts; ++i) sources_[i].way = {std::string(kPartNames[i])};
    }

    Result<void> take(const MappingOptions& options) {
        if (options.file) BATPAK_CHECK(take_file(*options.file));
        for (const auto& [part, field] : options.fields)
            sources_[index_of(part)] = source_at(field);
        for (const auto& [part, value] : options.values) {
            sources_[index_of(part)] = {.way = {}, .value = json(value)};
        }
        for (const std::string& name : options.kind_names) {
            BATPAK_TRY(const auto pair, parse_pair(name));
            BATPAK_CHECK(take_kind_name(pair.first, pair.second));
        }
        ignore_unknown_ = options.ignore_unknown;
        return {};
    }

    Result<ImportEvent> read(std::string_view text) const {
        BATPAK_TRY(const json line, parse_json(text));
        if (!line.is_object()) return invalid("the line is no JSON object");
        BATPAK_CHECK(check_members(line));
        for (std::size_t i = 0; i < kParts; ++i) {
            if (is_required(static_cast<Part>(i)) && find(line, static_cast<Part>(i)) == nullptr) {
                return invalid("the line has no \"" + std::string(kPartNames[i]) + "\"");
            }
        }
        BATPAK_TRY(const std::string entity, read_name(line, Part::Entity));
        BATPAK_TRY(const std::string scope, read_name(line, Part::Scope));
        BATPAK_TRY(Coordinate coordinate, Coordinate::create(entity, scope));
        BATPAK_TRY(const EventKind kind, read_kind(*find(line, Part::Kind)));
        BATPAK_TRY(Bytes payload, payload_from_json(*find(line, Part::Payload)));
        BATPAK_TRY(AppendOptions options, read_options(line));
        return ImportEvent{std::move(coordinate), kind, std::move(payload), std::move(options)};
    }

private:
    // ---- the rules

    Result<void> take_file(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        if (!file) {
            return fail(Error(ErrorCode::FileNotFound, "the mapping cannot be opened").at(path));
        }
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        auto rules = parse_json(text);
        if (!rules) return fail(std::move(rules).error().at(path));
        if (!rules->is_object()) return invalid("the mapping " + in_quotes(path) + " is no object");
        for (const auto& [key, value] : rules->get_ref<const json::object_t&>()) {
            BATPAK_CHECK(take_rule(key, value));
        }
        return {};
    }

    Result<void> take_rule(const std::string& key, const json& value) {
        if (key == "kinds") return take_kind_names(value);
        const auto name = std::ranges::find(kPartNames, key);
        if (name == kPartNames.end()) return invalid("the mapping has no rule " + in_quotes(key));
        Source& source = sources_[static_cast<std::size_t>(name - kPartNames.begin())];
        if (value.is_string()) {
            source = source_at(value.get_ref<const std::string&>());
            return {};
        }
        if (value.is_object() && value.size() == 1 && value.contains("value")) {
            source = {.way = {}, .value = value["value"]};
            return {};
        }
        return invalid("the mapping of " + in_quotes(key) +
                       " is neither a field nor {\"value\": ...}");
    }

    Result<void> take_kind_names(const json& names) {
        if (!names.is_object()) return invalid("\"kinds\" of the mapping is no object");
        for (const auto& [name, kind] : names.get_ref<const json::object_t&>()) {
            if (!kind.is_string()) return invalid("the kind of " + in_quotes(name) + " is no text");
            BATPAK_CHECK(take_kind_name(name, kind.get_ref<const std::string&>()));
        }
        return {};
    }

    Result<void> take_kind_name(const std::string& name, std::string_view text) {
        BATPAK_TRY(const EventKind kind, parse_kind(text));
        BATPAK_TRY(const EventKind free, EventKind::create(kind.category(), kind.type()));
        kind_names_.insert_or_assign(name, free);
        return {};
    }

    // ---- one line

    // Null if it is not there, or null.
    const json* find(const json& line, Part part) const {
        const Source& source = sources_[index_of(part)];
        if (source.value) return &*source.value;
        const json* place = &line;
        for (const std::string& key : source.way) {
            if (!place->is_object()) return nullptr;
            const auto member = place->find(key);
            if (member == place->end()) return nullptr;
            place = &*member;
        }
        // A null payload is a payload; any other part that is null is not there.
        return place->is_null() && part != Part::Payload ? nullptr : place;
    }

    Result<void> check_members(const json& line) const {
        if (ignore_unknown_) return {};
        for (const auto& [key, value] : line.get_ref<const json::object_t&>()) {
            const auto takes = [&name = key](const Source& source) {
                return !source.value && (source.way.empty() || source.way.front() == name);
            };
            if (std::ranges::none_of(sources_, takes)) {
                return invalid("no part of an event is called " + in_quotes(key) +
                               ": map it, or give --ignore-unknown");
            }
        }
        return {};
    }

    Result<std::string> read_name(const json& line, Part part) const {
        const json& value = *find(line, part);
        if (value.is_number_integer()) return value.dump();  // ids of foreign systems
        auto name = name_from_json(value);
        if (!name) return invalid("\"" + std::string(to_string(part)) + "\" is no text");
        return *std::move(name);
    }

    Result<EventKind> read_kind(const json& value) const {
        BATPAK_TRY(const EventKind kind, any_kind(value));
        return EventKind::create(kind.category(), kind.type());
    }

    Result<EventKind> any_kind(const json& value) const {
        if (value.is_string()) {
            const std::string& text = value.get_ref<const std::string&>();
            if (const auto named = kind_names_.find(text); named != kind_names_.end()) {
                return named->second;
            }
            return parse_kind(text);
        }
        if (value.is_number_unsigned()) return parse_kind(value.dump());
        if (value.is_object() && value.size() == 2 && value.contains("category") &&
            value.contains("type") && value["category"].is_number_unsigned() &&
            value["type"].is_number_unsigned()) {
            const auto category = value["category"].get<std::uint64_t>();
            const auto type = value["type"].get<std::uint64_t>();
            if (category <= 0xF && type <= EventKind::kTypeMax) {
                return EventKind::from_number(static_cast<std::uint16_t>(category << 12 | type));
            }
        }
        return invalid(
            "\"kind\" is not \"0xF001\", a number up to 65535 or {\"category\", \"type\"}");
    }

    Result<AppendOptions> read_options(const json& line) const {
        AppendOptions options;
        if (const json* const map = find(line, Part::Metadata)) {
            BATPAK_CHECK(read_metadata(*map, options.metadata));
        }
        BATPAK_TRY(options.correlation_id, read_id(line, Part::Correlation));
        BATPAK_TRY(options.causation_id, read_id(line, Part::Causation));
        if (const json* const flags = find(line, Part::Flags)) {
            if (!flags->is_number_unsigned() || flags->get<std::uint64_t>() > UINT32_MAX ||
                (flags->get<std::uint64_t>() & ~std::uint64_t{kApplicationFlags}) != 0) {
                return invalid("\"flags\" is no number of bits 8 to 31");
            }
            options.flags = static_cast<std::uint32_t>(flags->get<std::uint64_t>());
        }
        if (const json* const time = find(line, Part::Timestamp)) {
            if (!time->is_string() && !time->is_number()) {
                return invalid("\"timestamp\" is neither text nor a number");
            }
            const std::string text = time->is_string() ? time->get<std::string>() : time->dump();
            BATPAK_CHECK(options.metadata.set(kSourceTime, text));
        }
        return options;
    }

    static Result<void> read_metadata(const json& map, Metadata& metadata) {
        if (!map.is_object()) return invalid("\"metadata\" is no object");
        for (const auto& [key, value] : map.get_ref<const json::object_t&>()) {
            if (!value.is_string()) return invalid("metadata " + in_quotes(key) + " is no text");
            BATPAK_CHECK(metadata.set(key, value.get_ref<const std::string&>()));
        }
        return {};
    }

    Result<std::optional<EventId>> read_id(const json& line, Part part) const {
        const json* const value = find(line, part);
        if (value == nullptr) return std::optional<EventId>();
        if (!value->is_string()) {
            return invalid("\"" + std::string(to_string(part)) + "\" is no event id");
        }
        BATPAK_TRY(const EventId id, parse_event_id(value->get_ref<const std::string&>()));
        return std::optional<EventId>(id);
    }

    std::array<Source, kParts> sources_;
    std::map<std::string, EventKind, std::less<>> kind_names_;
    bool ignore_unknown_ = false;
};

ImportMapping::ImportMapping(std::unique_ptr<const Rules> rules) : rules_(std::move(rules)) {}
ImportMapping::~ImportMapping() = default;
ImportMapping::ImportMapping(ImportMapping&&) noexcept = default;
ImportMapping& ImportMapping::operator=(ImportMapping&&) noexcept = default;

Result<ImportMapping> ImportMapping::create(const MappingOptions& options) {
    auto rules = std::make_unique<Rules>();
    BATPAK_CHECK(rules->take(options));
    return ImportMapping(std::move(rules));
}

Result<ImportEvent> ImportMapping::read(std::string_view line) const { return rules_->read(line); }

}  // namespace batpak::tool
