// deadline_after: when a time from now is over, for every time that a caller can name.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <algorithm>

#include "base/platform/futex.hpp"

namespace batpak {

// Nothing, which is for ever, where the clock cannot count that far; a negative time is over now.
inline Deadline deadline_after(std::chrono::milliseconds timeout) noexcept {
    using std::chrono::milliseconds;
    const auto now = std::chrono::steady_clock::now();
    const auto left = std::chrono::steady_clock::time_point::max() - now;
    if (timeout >= std::chrono::duration_cast<milliseconds>(left)) return std::nullopt;
    return now + std::max(timeout, milliseconds(0));
}

}  // namespace batpak
