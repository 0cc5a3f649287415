// Program: what every benchmark program does around its measurements: its options, a folder of its
// own, the machine, the table and the JSON lines.
//
//     --quick            a short, noisier run
//     --directory PATH   where the files are made; default: here
//     --json PATH        the lines go there; without it, to the standard output
//
// Threads: immutable value
// Errors:  none; they end the program
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "support/bench.hpp"

namespace batpak::bench {

class Program {
public:
    // `own`: the further options of the program, such as "--only", which have a value each.
    Program(int count, char** words, std::initializer_list<std::string_view> own);

    bool quick() const noexcept { return quick_; }
    // Empty if it was not given.
    std::string option(const std::string& name) const;

    // Measures in a folder that is made for it and removed, and reports. Returns what main() does.
    int run(const std::function<void(const Bench&)>& measure) const;

private:
    bool quick_ = false;
    std::map<std::string, std::string, std::less<>> options_;
};

}  // namespace batpak::bench
