// Nearest: the word that was probably meant.
//
// Threads: the functions are thread-safe
// Errors:  none
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace batpak::tool {

// How many characters must be changed, added or left out to make one text of the other, two that
// changed places counting as one, and upper and lower case as equal; `limit` + 1 if more than
// `limit`.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit);

// The candidate that is nearest to the text, the first of equals; nothing if none is near: one
// character in three may differ, and at most two, but always one.
std::optional<std::string> nearest(std::string_view text,
                                   const std::vector<std::string>& candidates);

}  // namespace batpak::tool
