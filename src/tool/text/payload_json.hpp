// Payload as JSON, and JSON as payload, so that what one command writes another reads back.
//
//     MessagePack that has a JSON form            that form; binary inside it as {"$bytes":
//     "<hex>"} anything else (other bytes, extensions,     {"$bytes": "<hex>"} of the whole payload
//     NaN, keys that are no strings, ...)
//
// An object whose only member is "$bytes" with hexadecimal text means bytes and nothing else: a
// payload that holds such a map is written as bytes as a whole.
//
// Threads: the functions are thread-safe
// Errors:  EncodeFailed
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "batpak/base/bytes.hpp"
#include "batpak/base/result.hpp"

namespace batpak::tool {

// One line. With `ascii`, characters beyond ASCII are escaped.
std::string payload_json(BytesView payload, bool ascii);

// A part of a payload, the same way.
std::string value_json(const nlohmann::json& value, bool ascii);

[[nodiscard]] Result<Bytes> payload_from_json(const nlohmann::json& json);

// A JSON string, or {"$bytes": "<hex>"} for a name that is no UTF-8. Nothing if it is neither.
std::optional<std::string> name_from_json(const nlohmann::json& json);

}  // namespace batpak::tool
