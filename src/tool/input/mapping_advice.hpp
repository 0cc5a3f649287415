// MappingAdvice: what to say about a line that lacks parts of an event: which parts, what the line
// has instead, and options with which it would be one.
//
// Threads: the functions are thread-safe
// Errors:  none
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tool/input/import_mapping.hpp"

namespace batpak::tool {

struct MissingPart {
    Part part;
    std::vector<std::string> way;  // where it was looked for
};

// Requires: the line is an object, and at least one part is missing.
std::string explain_missing(const nlohmann::json& line, const std::vector<MissingPart>& missing);

// Whether every shell takes the text as one word, as it is.
bool is_shell_word(std::string_view text);

}  // namespace batpak::tool
