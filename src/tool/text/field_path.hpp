// FieldPath: which part of an event is meant, as people write it.
//
//     entity    payload.position.x    metadata.user    payload.items.0    payload."a name, quoted"
//
// A step is a member of an object, or a place in an array. A step that holds other characters than
// letters, digits, _ - $ @ : / and those beyond ASCII is written in double quotes, in which \" and
// \\ stand for " and \.
//
// Threads: immutable value
// Errors:  parse_field_paths(): InvalidArgument
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "batpak/base/result.hpp"

namespace batpak::tool {

struct FieldPath {
    std::vector<std::string> steps;  // at least one
    std::string text;                // as it was written
};

// Whether a path may begin with this character; one that begins with a quote is a text elsewhere.
bool begins_field_path(char c) noexcept;

// The path at the front of `rest`, which then begins after it; nothing if there is none.
std::optional<FieldPath> take_field_path(std::string_view& rest);

// "entity,payload.x": paths between commas, at least one.
[[nodiscard]] Result<std::vector<FieldPath>> parse_field_paths(std::string_view text);

// What lies at the end of the steps from the second on; null if there is nothing.
const nlohmann::json* walk(const nlohmann::json& value, const FieldPath& path);

}  // namespace batpak::tool
