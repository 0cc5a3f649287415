// Turns whose operations several threads make at the same time.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <cstddef>
#include <functional>

#include "support/contest.hpp"

namespace batpak::bench {

// Calls operation(thread, i) for i below `count` on each of `threads` threads. The turn lasts from
// the first start to the last end that a thread itself saw: this one may wake late.
Turn on_threads(unsigned threads, std::size_t count,
                const std::function<void(unsigned, std::size_t)>& operation);

}  // namespace batpak::bench
