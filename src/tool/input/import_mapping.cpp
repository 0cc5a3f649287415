// From a line to an event, by rules: each part comes from a way through the line's objects, or is
// one value for all lines. Rules come from a file first, options override them, and what is left
// has the part's own name.
//
// A line is refused rather than half understood: a member that no rule takes may be what matters in
// it, and a line that `query --json` wrote has an id and a time that a new event cannot keep. For
// both there is an option that says it is meant.
//
// A mapping is made once and reads every line, so all that can be wrong with it is said before the
// first line (check_values()). What is wrong with a line is said by read(); EventLines adds which
// line it was.
#include "tool/input/import_mapping.hpp"

#include <algorithm>
#include <array>

#include "batpak/event/event.hpp"
#include "batpak/json.hpp"
#include "tool/input/cloud_events.hpp"
#include "tool/input/line_reader.hpp"
#include "tool/input/mapping_advice.hpp"
#include "tool/text/parse.hpp"
#include "tool/text/payload_json.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
// Where a part comes from: a way through the objects of the line, or one value for all lines.
struct PartSource {
    std::vector<std::string> way;
    std::optional<nlohmann::json> value;
};

namespace {

using nlohmann::json;

constexpr std::array<std::string_view, kParts> kPartNames = {
    "entity",      "scope",     "kind",  "payload",   "metadata",
    "correlation", "causation", "flags", "timestamp", "tags",
};

constexpr const char* kKindName = "kind_name";

// The members of a line that `query --json` writes, but for what import takes of them.
constexpr std::array<std::string_view, 9> kStoredAlways = {
    "sequence", "version",     "id",           "payload_version", "time",
    "hlc_us",   "hlc_counter", "timestamp_us", "durable"};
constexpr std::array<std::string_view, 8> kStoredSometimes = {
    "kind_name",       "correlation", "causation",   "encrypted",
    "idempotency_key", "batch_index", "batch_count", "hash"};

std::size_t index_of(Part part) { return static_cast<std::size_t>(part); }

bool is_required(Part part) { return part <= Part::Payload; }

tl::unexpected<Error> invalid(std::string detail) {
    return fail(ErrorCode::InvalidArgument, std::move(detail));
}

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

// A JSON pointer, or the name of a member; nothing is the whole line.
PartSource source_at(std::string_view field) {
    PartSource source;
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

    // The file first: what is given as an option counts more.
    Result<void> take(const MappingOptions& options) {
        is_cloud_ = options.cloud_events;
        if (is_cloud_ && options.as_new_events) {
            return invalid(
                "--as-new-events is for lines of `query --json`, which are no CloudEvents");
        }
        if (is_cloud_) name_attributes();
        if (options.file) BATPAK_CHECK(take_file(*options.file));
        for (const auto& [part, field] : options.fields)
            sources_[index_of(part)] = source_at(field);
        for (const auto& [part, value] : options.values) {
            sources_[index_of(part)] = {.way = {}, .value = json(value)};
        }
        for (const std::string& name : options.kind_names) {
            BATPAK_TRY(const auto pair, named("--kind-name", parse_pair(name)));
            BATPAK_CHECK(named("--kind-name", take_kind_name(pair.first, pair.second)));
        }
        ignore_unknown_ = options.ignore_unknown;
        as_new_events_ = options.as_new_events;
        return check_values();
    }

    // Only stored events can be batpak's own records, which no program may append.
    bool may_pass_over() const noexcept { return as_new_events_ || is_cloud_; }

    std::optional<std::string> name_for_all() const {
        const std::optional<json>& value = sources_[index_of(Part::Kind)].value;
        if (!value) return std::nullopt;
        const auto kind = read_kind(*value);
        return kind && !kind->kind ? std::optional(kind->name) : std::nullopt;
    }

    Result<std::optional<ImportEvent>> read(std::string_view text) const {
        BATPAK_TRY(json line, parse_json(text));
        if (!line.is_object()) return fail(ErrorCode::DecodeFailed, "the line is no JSON object");
        if (is_cloud_) return read_cloud(line);
        const bool is_stored = is_stored_event(line);
        if (is_stored && !as_new_events_ && !takes_whole_line()) return invalid(what_is_lost());
        const bool is_renewed = is_stored && as_new_events_;
        BATPAK_CHECK(check_parts(line));
        // Before the members are checked: batpak's own records have members of their own.
        if (is_renewed) {
            BATPAK_TRY(const NamedKind named, any_kind(*find(line, Part::Kind)));
            if (named.kind && named.kind->is_reserved()) return std::optional<ImportEvent>();
        }
        BATPAK_CHECK(check_members(line, is_renewed));
        BATPAK_TRY(ImportEvent event, read_event(line));
        if (!is_renewed) BATPAK_CHECK(read_ids(line, event.options));
        return std::optional(std::move(event));
    }

private:
    Result<ImportEvent> read_event(const json& line) const {
        BATPAK_TRY(const std::string entity, read_name(*find(line, Part::Entity), Part::Entity));
        BATPAK_TRY(const std::string scope, read_name(*find(line, Part::Scope), Part::Scope));
        BATPAK_TRY(Coordinate coordinate, Coordinate::create(entity, scope));
        BATPAK_TRY(const NamedKind named, read_kind(*find(line, Part::Kind)));
        BATPAK_TRY(Bytes payload, payload_from_json(*find(line, Part::Payload)));
        BATPAK_TRY(AppendOptions options, read_options(line));
        options.kind_name = named.name;
        if (named.name.empty()) {
            BATPAK_TRY(options.kind_name, read_kind_name(line));
        }
        return ImportEvent{std::move(coordinate), named.kind, std::move(payload),
                           std::move(options)};
    }

    // ---- CloudEvents

    // Where a CloudEvent has the parts. It has no place for those that nothing can name.
    void name_attributes() {
        const auto at = [this](Part part, const char* name) {
            sources_[index_of(part)] = {.way = {name}, .value = {}};
        };
        at(Part::Entity, "subject");
        at(Part::Payload, "data");
        at(Part::Correlation, "correlationid");
        at(Part::Causation, "causationid");
        at(Part::Timestamp, "time");
        for (const Part part : {Part::Metadata, Part::Flags, Part::Tags}) at(part, "/none");
    }

    Result<std::optional<ImportEvent>> read_cloud(json& line) const {
        BATPAK_TRY(CloudParts parts, take_cloud_event(line));
        BATPAK_CHECK(check_parts(line));
        BATPAK_TRY(const NamedKind named, any_kind(*find(line, Part::Kind)));
        const bool is_own = named.kind && named.kind->is_reserved();
        if (is_own || parts.is_erased) return std::optional<ImportEvent>();
        BATPAK_TRY(ImportEvent event, read_event(line));
        BATPAK_CHECK(read_ids(line, event.options));
        for (const Metadata::Entry& entry : parts.metadata)
            BATPAK_CHECK(event.options.metadata.set(entry.key, entry.value));
        if (sources_[index_of(Part::Payload)].way == std::vector<std::string>{"data"}) {
            if (parts.bytes) {
                event.payload = *std::move(parts.bytes);
            } else {
                // As it is: an object {"$bytes": ...} of another producer is no form of batpak's.
                BATPAK_TRY(event.payload, encode_json(line["data"]));
            }
        }
        event.options.idempotency_key = parts.key();
        event.source_id = EventId::parse(parts.id);
        event.source = std::move(parts.source);
        return std::optional(std::move(event));
    }

    static Result<Bytes> encode_json(const json& value) {
        Buffer buffer;
        BATPAK_CHECK(PayloadCodec<json>::encode(value, buffer));
        const BytesView view = buffer.view();
        return Bytes(view.begin(), view.end());
    }

    // ---- the rules

    Result<void> take_file(const std::string& path) {
        BATPAK_TRY(const std::string text, read_text(path));
        auto rules = parse_json(text);
        if (!rules) return fail(std::move(rules).error().at(path));
        if (!rules->is_object())
            return invalid("the mapping " + in_quotes(path, 60) + " is no object");
        for (const auto& [key, value] : rules->get_ref<const json::object_t&>()) {
            BATPAK_CHECK(take_rule(key, value));
        }
        return {};
    }

    Result<void> take_rule(const std::string& key, const json& value) {
        if (key == "kinds") return take_kind_names(value);
        const auto name = std::ranges::find(kPartNames, key);
        if (name == kPartNames.end())
            return invalid("the mapping has no rule " + in_quotes(key, 60));
        PartSource& source = sources_[static_cast<std::size_t>(name - kPartNames.begin())];
        if (value.is_string()) {
            source = source_at(value.get_ref<const std::string&>());
            return {};
        }
        if (value.is_object() && value.size() == 1 && value.contains("value")) {
            source = {.way = {}, .value = value["value"]};
            return {};
        }
        return invalid("the mapping of " + in_quotes(key, 60) +
                       " is neither a field nor {\"value\": ...}");
    }

    Result<void> take_kind_names(const json& names) {
        if (!names.is_object()) return invalid("\"kinds\" of the mapping is no object");
        for (const auto& [name, kind] : names.get_ref<const json::object_t&>()) {
            if (!kind.is_string())
                return invalid("the kind of " + in_quotes(name, 60) + " is no text");
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

    // What stands for all lines is wrong before the first of them.
    Result<void> check_values() const {
        for (const Part part : {Part::Entity, Part::Scope}) {
            const std::optional<json>& value = sources_[index_of(part)].value;
            if (!value) continue;
            BATPAK_TRY(const std::string name, read_name(*value, part));
            const auto coordinate = part == Part::Entity ? Coordinate::create(name, "scope")
                                                         : Coordinate::create("entity", name);
            if (!coordinate) return for_all_lines(part, coordinate.error());
        }
        const std::optional<json>& value = sources_[index_of(Part::Kind)].value;
        if (!value) return {};
        const auto kind = read_kind(*value);
        return kind ? Result<void>() : for_all_lines(Part::Kind, kind.error());
    }

    static tl::unexpected<Error> for_all_lines(Part part, const Error& error) {
        return fail(error.code(),
                    "the " + std::string(to_string(part)) + " of all lines: " + error.detail());
    }

    // ---- lines of `query --json`

    static bool is_stored_event(const json& line) {
        return std::ranges::all_of(kStoredAlways,
                                   [&](std::string_view name) { return line.contains(name); });
    }

    // A payload that is the whole line keeps everything that the line says: nothing is lost then.
    bool takes_whole_line() const {
        return std::ranges::any_of(
            sources_, [](const PartSource& source) { return !source.value && source.way.empty(); });
    }

    static std::string what_is_lost() {
        return "the line is a stored event, as `query --json` writes it, and import makes a new "
               "event of it, which has none of its id, sequence, version, times, hash, "
               "correlation, causation, idempotency key, batch, payload version and evidence of "
               "gates: to keep these, copy the store with `batpak restore STORE NEW`; to lose "
               "them, give --as-new-events";
    }

    static bool is_of_stored(std::string_view member) {
        return std::ranges::find(kStoredAlways, member) != kStoredAlways.end() ||
               std::ranges::find(kStoredSometimes, member) != kStoredSometimes.end();
    }

    // ---- one line

    // Null if it is not there, or null.
    const json* find(const json& line, Part part) const {
        const PartSource& source = sources_[index_of(part)];
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

    Result<void> check_parts(const json& line) const {
        std::vector<MissingPart> missing;
        for (std::size_t i = 0; i < kParts; ++i) {
            const Part part = static_cast<Part>(i);
            if (!is_required(part) || find(line, part) != nullptr) continue;
            missing.push_back({part, sources_[i].way});
        }
        if (missing.empty()) return {};
        return invalid(explain_missing(line, missing));
    }

    // By the first step of each way: what lies beside a field inside of an object goes unseen.
    Result<void> check_members(const json& line, bool is_renewed) const {
        if (ignore_unknown_) return {};
        for (const auto& [key, value] : line.get_ref<const json::object_t&>()) {
            if (key == kKindName && takes_kind_name()) continue;
            if (is_renewed && is_of_stored(key)) continue;
            const auto takes = [&name = key](const PartSource& source) {
                return !source.value && (source.way.empty() || source.way.front() == name);
            };
            if (std::ranges::none_of(sources_, takes)) {
                return invalid("no part of an event is called " + in_quotes(key, 60) +
                               ": map it (batpak help import-format), or give --ignore-unknown");
            }
        }
        return {};
    }

    static Result<std::string> read_name(const json& value, Part part) {
        if (value.is_number_integer()) return value.dump();  // ids of foreign systems
        auto name = name_from_json(value);
        if (!name) return invalid("\"" + std::string(to_string(part)) + "\" is no text");
        return *std::move(name);
    }

    // A kind as a line gives it: at least one of the two.
    struct NamedKind {
        std::optional<EventKind> kind;
        std::string name;
    };

    Result<NamedKind> read_kind(const json& value) const {
        BATPAK_TRY(NamedKind named, any_kind(value));
        if (named.kind) BATPAK_CHECK(EventKind::create(named.kind->category(), named.kind->type()));
        return named;
    }

    // Names that were given come first, so a system whose kinds look like numbers can name them
    // too. Reserved kinds are told apart by the caller, which passes over those of stored events.
    Result<NamedKind> any_kind(const json& value) const {
        if (value.is_string()) return kind_of_text(value.get_ref<const std::string&>());
        BATPAK_TRY(const EventKind kind, kind_of_number(value));
        return NamedKind{kind, {}};
    }

    Result<NamedKind> kind_of_text(const std::string& text) const {
        const auto named = kind_names_.find(text);
        if (named != kind_names_.end()) {
            // Several names that the options make one kind say nothing of what that is called.
            const auto same = [&](const auto& other) { return other.second == named->second; };
            const bool is_only = std::ranges::count_if(kind_names_, same) == 1;
            return NamedKind{named->second, is_only ? text : std::string()};
        }
        const auto kind = parse_kind(text);
        if (kind) return NamedKind{*kind, {}};
        if (!looks_like_kind_number(text)) return NamedKind{std::nullopt, text};
        return fail(kind.error().code(), kind.error().detail() +
                                             "; or name it as in --kind-name moved=0x1001, or "
                                             "give one for all lines as in --kind 0x1001");
    }

    // Whether "kind_name" goes with the kind: not if that is in another place than "kind".
    bool takes_kind_name() const {
        const PartSource& source = sources_[index_of(Part::Kind)];
        return !source.value && source.way == std::vector{std::string(to_string(Part::Kind))};
    }

    // What a line with a number says besides; empty if nothing.
    Result<std::string> read_kind_name(const json& line) const {
        const auto member = line.find(kKindName);
        const bool is_there = takes_kind_name() && member != line.end() && !member->is_null();
        if (!is_there) return std::string();
        if (!member->is_string()) return invalid("\"kind_name\" is no text");
        return member->get<std::string>();
    }

    static Result<EventKind> kind_of_number(const json& value) {
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

    // The time of a line is metadata: an event's own times are of when it was stored, and are what
    // order and ids are made by.
    Result<AppendOptions> read_options(const json& line) const {
        AppendOptions options;
        if (const json* const map = find(line, Part::Metadata)) {
            BATPAK_CHECK(read_metadata(*map, options.metadata));
        }
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
            if (options.metadata.get(kSourceTime)) {
                return invalid(
                    "\"timestamp\" is kept as the metadata \"source-time\", which the "
                    "line has already: give one of them");
            }
            const std::string text = time->is_string() ? time->get<std::string>() : time->dump();
            BATPAK_CHECK(options.metadata.set(kSourceTime, text));
        }
        if (const json* const tags = find(line, Part::Tags)) {
            BATPAK_TRY(options.tags, read_tags(*tags));
        }
        return options;
    }

    // A list of names, or one.
    static Result<std::vector<std::string>> read_tags(const json& value) {
        std::vector<std::string> tags;
        if (!value.is_array()) {
            BATPAK_TRY(tags.emplace_back(), read_name(value, Part::Tags));
            return tags;
        }
        for (const json& item : value) {
            BATPAK_TRY(tags.emplace_back(), read_name(item, Part::Tags));
        }
        return tags;
    }

    Result<void> read_ids(const json& line, AppendOptions& options) const {
        BATPAK_TRY(options.correlation_id, read_id(line, Part::Correlation));
        BATPAK_TRY(options.causation_id, read_id(line, Part::Causation));
        return {};
    }

    static Result<void> read_metadata(const json& map, Metadata& metadata) {
        if (!map.is_object()) return invalid("\"metadata\" is no object");
        for (const auto& [key, value] : map.get_ref<const json::object_t&>()) {
            if (!value.is_string())
                return invalid("metadata " + in_quotes(key, 60) + " is no text");
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

    std::array<PartSource, kParts> sources_;
    std::map<std::string, EventKind, std::less<>> kind_names_;
    bool ignore_unknown_ = false;
    bool as_new_events_ = false;
    bool is_cloud_ = false;
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

Result<std::optional<ImportEvent>> ImportMapping::read(std::string_view line) const {
    return rules_->read(line);
}

std::optional<std::string> ImportMapping::kind_name_of_all_lines() const {
    return rules_->name_for_all();
}

bool ImportMapping::may_pass_over() const noexcept { return rules_->may_pass_over(); }

}  // namespace batpak::tool
