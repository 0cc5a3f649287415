// Mermaid: texts within a diagram of that language.
//
// Threads: the functions are thread-safe
// Errors:  none
#pragma once

#include <string>
#include <string_view>

namespace batpak::tool {

// A text as a label between double quotes. Requires: it is escaped for a terminal.
std::string mermaid_label(std::string_view text);

// A word that means nothing to the language: other characters than letters, digits and '_' are '_'.
std::string mermaid_word(std::string_view text);

}  // namespace batpak::tool
