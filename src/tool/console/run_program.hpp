// Other programs: in the place of this one, beside it, or for what they answer.
//
// Threads: thread-safe
// Errors:  run_captured(): Io: it does not run; PayloadTooLarge: it says more than 16 MiB.
//          run_fed(): Io: it does not run.
//          run_in_place() returns, and run_beside() is false, if there is no such program
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "batpak/base/result.hpp"

namespace batpak::tool {

// The program `words[0]` that lies beside this one, or else in PATH, with all the words.
void run_in_place(std::vector<std::string> words);
// Starts the program `words[0]` of PATH, and does not wait for its end. Its output goes nowhere.
bool run_beside(std::vector<std::string> words);

struct CapturedRun {
    static constexpr std::size_t kOutputBytesMax = 16U << 20;

    int code = 0;  // what it exited with; 128 and the signal, if one ended it
    std::string output;

    friend bool operator==(const CapturedRun&, const CapturedRun&) = default;
};

// Runs `words[0]`, looked for in PATH, with all the words. It has no standard input and this
// process's standard error; what it writes to standard output is the answer. Requires: a word.
[[nodiscard]] Result<CapturedRun> run_captured(const std::vector<std::string>& words);

// A name and its value in the environment of a program.
using Variable = std::pair<std::string, std::string>;

// Runs `words[0]`, looked for in PATH, with all the words, and waits for its end. `input` is what
// it reads on standard input, if it does; the variables are added to its environment. It has this
// process's other streams. Returns what CapturedRun::code is. Requires: a word.
[[nodiscard]] Result<int> run_fed(const std::vector<std::string>& words, std::string_view input,
                                  const std::vector<Variable>& variables);

}  // namespace batpak::tool
