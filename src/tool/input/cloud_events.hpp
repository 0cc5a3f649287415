// CloudEvents as lines of an import: version 1.0, in its JSON format, one event a line, of batpak
// or of any other producer.
//
// Threads: the functions are thread-safe
// Errors:  InvalidArgument: an attribute is missing, or is not as the specification has it
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "batpak/base/result.hpp"
#include "batpak/event/metadata.hpp"

namespace batpak::tool {

// What of a CloudEvent is no part of a line of import.
struct CloudParts {
    // Who made the event, and its name there: the two together name it everywhere.
    std::string source;
    std::string id;
    // The attributes that have no place in an event.
    Metadata metadata;
    // Of bytes; else the data is JSON.
    std::optional<Bytes> bytes;
    // The payload was erased before it was exported: there is nothing to import.
    bool is_erased = false;

    // Of 256 bytes at most, as a key may have.
    std::string key() const { return source + ' ' + id; }
};

// Takes the event apart. What a producer may leave out gets its default in the line: the entity
// ("subject") and the scope are then the source, the data is null. "kind" and "kind_name" are made
// of the type.
[[nodiscard]] Result<CloudParts> take_cloud_event(nlohmann::json& line);

}  // namespace batpak::tool
