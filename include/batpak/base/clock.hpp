// Clock: the seam through which batpak reads time.
//
// Wall time is data (the timestamp of an event) and never decides order, identity or recovery;
// monotonic time is only for deadlines and durations inside one process.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "batpak/base/detail/language.hpp"

namespace batpak {

class Clock {
public:
    virtual ~Clock() = default;
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;

    // Microseconds since 1970-01-01 UTC. May stand still, jump, or go back.
    virtual std::int64_t wall_us() noexcept = 0;
    // Never goes back within a process; its zero means nothing.
    virtual std::chrono::nanoseconds monotonic() noexcept = 0;
};

std::shared_ptr<Clock> real_clock();

}  // namespace batpak
