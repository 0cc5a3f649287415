// Progress: one line that changes, for people who wait at a terminal; nothing anywhere else.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "tool/console/console.hpp"

namespace batpak::tool {

class Progress {
public:
    struct State {
        std::uint64_t events = 0;
        // How much of the work is done, and of how much, both in any unit.
        std::uint64_t done = 0;
        std::optional<std::uint64_t> total;
    };

    // Borrows: the console.
    explicit Progress(Console& console);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    // Draws the state, at most ten times a second.
    void show(const State& state);
    // Takes the line away, so that other text can stand there.
    void clear();

private:
    Console& console_;
    const std::chrono::steady_clock::time_point start_;
    std::chrono::steady_clock::time_point next_;
    bool shown_ = false;
};

// The line that is drawn: "[#####.....]  50 %  3 s left  12,000 events  24,000/s". How long it will
// still take is said once it has lasted for more than a second. If fewer columns than the line
// needs, and one more, are there, without what is before the events, and then cut.
std::string progress_line(const Progress::State& state, std::chrono::nanoseconds elapsed,
                          std::size_t columns);

// Events a second, 0 before any time has passed.
std::uint64_t rate(std::uint64_t events, std::chrono::nanoseconds elapsed);

}  // namespace batpak::tool
