// CapturedRun: another program, run to its end, with what it answered.
//
// Threads: thread-compatible
// Errors:  run_captured(): Io: it does not run; PayloadTooLarge: it says more than 16 MiB
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "batpak/base/result.hpp"

namespace batpak::tool {

struct CapturedRun {
    static constexpr std::size_t kOutputBytesMax = 16U << 20;

    int code = 0;  // what it exited with; 128 and the signal, if one ended it
    std::string output;

    friend bool operator==(const CapturedRun&, const CapturedRun&) = default;
};

// Runs `words[0]`, looked for in PATH, with all the words. It has no standard input and this
// process's standard error; what it writes to standard output is the answer. Requires: a word.
[[nodiscard]] Result<CapturedRun> run_captured(const std::vector<std::string>& words);

}  // namespace batpak::tool
