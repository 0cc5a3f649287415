// run_in_place: another program in the place of this one. run_beside: one that this one starts.
//
// Threads: thread-safe
// Errors:  none: run_in_place() returns, and run_beside() is false, if there is no such program
#pragma once

#include <string>
#include <vector>

namespace batpak::tool {

// The program `words[0]` that lies beside this one, or else in PATH, with all the words.
void run_in_place(std::vector<std::string> words);
// Starts the program `words[0]` of PATH, and does not wait for its end. Its output goes nowhere.
bool run_beside(std::vector<std::string> words);

}  // namespace batpak::tool
