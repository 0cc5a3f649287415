// ImportMapping: which part of a line of JSON becomes which part of an event.
//
// By default a line is {"entity", "scope", "kind", "payload"} and, optional, "metadata",
// "correlation", "causation", "flags", "timestamp" and "tags". A source names another place: a
// member ("user"), a way through objects ("/user/id"), the whole line (""), or a value for all
// lines.
//
// A kind is a number, a name that the options give a number, or any other text: then it is for the
// store to say which kind is called so. What a kind is called is kept; a member "kind_name", as in
// the lines of `query --json`, says it beside a number.
//
// A line that `query --json` wrote is refused, since an import would quietly lose its id, place,
// times and more. With as_new_events it becomes a new event, or nothing if its kind is batpak's
// own.
//
// With cloud_events a line is a CloudEvent (cloud_events.hpp), and fields name its attributes. Its
// source and its id are the idempotency key.
//
// Threads: immutable value
// Errors:  create(), read(): InvalidArgument, DecodeFailed; read() also InvalidCoordinate,
//          InvalidTags, ReservedKind, EncodeFailed, MetadataTooLarge
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "batpak/base/result.hpp"
#include "batpak/coordinate/coordinate.hpp"
#include "batpak/coordinate/event_kind.hpp"
#include "batpak/store/options.hpp"

namespace batpak::tool {

// The metadata under which the timestamp of a line is kept.
inline constexpr std::string_view kSourceTime = "source-time";

struct ImportEvent {
    Coordinate coordinate;
    // Nothing if the line only says what it is called: options.kind_name.
    std::optional<EventKind> kind;
    Bytes payload;
    AppendOptions options;
    // Of a CloudEvent: who made it, and its id there, if that is one of an event of batpak's.
    std::string source{};
    std::optional<EventId> source_id{};
};

// The parts of an event that a line gives, in the order of their documentation.
enum class Part : std::uint8_t {
    Entity,
    Scope,
    Kind,
    Payload,
    Metadata,
    Correlation,
    Causation,
    Flags,
    Timestamp,
    Tags,
};
inline constexpr std::size_t kParts = 10;

std::string_view to_string(Part part) noexcept;

struct MappingOptions {
    std::optional<std::string> file;      // of JSON, applied first
    std::map<Part, std::string> fields;   // where in the line a part stands
    std::map<Part, std::string> values;   // what it is for all lines
    std::vector<std::string> kind_names;  // "moved=0xF001"
    bool ignore_unknown = false;
    bool as_new_events = false;  // take the lines of `query --json`, without what is lost of them
    bool cloud_events = false;   // lines are CloudEvents
};

class ImportMapping {
public:
    [[nodiscard]] static Result<ImportMapping> create(const MappingOptions& options);
    ~ImportMapping();
    ImportMapping(ImportMapping&&) noexcept;
    ImportMapping& operator=(ImportMapping&&) noexcept;

    // Nothing if the line is an event that batpak wrote for itself, and as_new_events was asked
    // for; or a CloudEvent that is such an event, or whose payload was erased.
    [[nodiscard]] Result<std::optional<ImportEvent>> read(std::string_view line) const;
    // What the kind of all lines is called, if the options give one for all, and no number.
    std::optional<std::string> kind_name_of_all_lines() const;
    // Whether read() may say nothing.
    bool may_pass_over() const noexcept;

private:
    class Rules;
    explicit ImportMapping(std::unique_ptr<const Rules> rules);

    std::unique_ptr<const Rules> rules_;
};

}  // namespace batpak::tool
