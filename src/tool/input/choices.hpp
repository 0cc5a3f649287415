// What an option may be, where it is one word or some words of a list.
//
// Threads: thread-safe
// Errors:  each gives what is wrong, or nothing if the text is right
#pragma once

#include <string>
#include <vector>

namespace batpak::tool {

// Each word between the commas.
std::string check_words(const std::string& text, const std::vector<std::string>& known);
// A single word; names the one that was probably meant.
std::string check_choice(const std::string& text, const std::vector<std::string>& known);
// What `batpak bench` measures against.
std::string check_rivals(const std::string& text);

}  // namespace batpak::tool
