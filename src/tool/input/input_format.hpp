// InputFormat: what an input is that holds no lines of JSON, and what makes lines of JSON of it.
//
// Threads: the functions are thread-safe
// Errors:  none
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace batpak::tool {

// Asked once the first line was found to be no object of JSON: a clause for people, such as "it is
// compressed by gzip: give import what zcat makes of it". Nothing if it looks like no known form.
std::optional<std::string> describe_input(std::string_view first_line);

}  // namespace batpak::tool
