// Help topics: what `batpak help TOPIC` says about more than one command.
//
// Threads: the functions are thread-safe
// Errors:  none
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace batpak::tool {

// What somebody needs who knows nothing yet.
std::string_view first_words();

std::vector<std::string> help_topics();

// Nothing if there is no such topic.
std::optional<std::string> help_topic(std::string_view topic);

}  // namespace batpak::tool
