// ImportMapping: which part of a line of JSON becomes which part of an event.
//
// By default a line is {"entity", "scope", "kind", "payload"} and, optional, "metadata",
// "correlation", "causation", "flags" and "timestamp". A source names another place: a member
// ("user"), a way through objects ("/user/id"), the whole line (""), or a value for all lines.
//
// Threads: immutable value
// Errors:  create(), read(): InvalidArgument, DecodeFailed; read() also InvalidCoordinate,
//          ReservedKind, EncodeFailed, MetadataTooLarge
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
    EventKind kind;
    Bytes payload;
    AppendOptions options;
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
};
inline constexpr std::size_t kParts = 9;

std::string_view to_string(Part part) noexcept;

struct MappingOptions {
    std::optional<std::string> file;      // of JSON, applied first
    std::map<Part, std::string> fields;   // where in the line a part stands
    std::map<Part, std::string> values;   // what it is for all lines
    std::vector<std::string> kind_names;  // "moved=0xF001"
    bool ignore_unknown = false;
};

class ImportMapping {
public:
    [[nodiscard]] static Result<ImportMapping> create(const MappingOptions& options);
    ~ImportMapping();
    ImportMapping(ImportMapping&&) noexcept;
    ImportMapping& operator=(ImportMapping&&) noexcept;

    [[nodiscard]] Result<ImportEvent> read(std::string_view line) const;

private:
    class Rules;
    explicit ImportMapping(std::unique_ptr<const Rules> rules);

    std::unique_ptr<const Rules> rules_;
};

}  // namespace batpak::tool
