// run_in_place: another program in the place of this one.
//
// Threads: thread-safe
// Errors:  none: it returns if there is no such program
#pragma once

#include <string>
#include <vector>

namespace batpak::tool {

// The program `words[0]` that lies beside this one, or else in PATH, with all the words.
void run_in_place(std::vector<std::string> words);

}  // namespace batpak::tool
