// must(): a benchmark goes on with a value, or ends the program and says why there is none.
//
// Threads: thread-safe
// Errors:  none; they end the program
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "batpak/base/result.hpp"

namespace batpak::bench {

[[noreturn]] inline void give_up(const std::string& why) {
    std::fprintf(stderr, "bench: %s\n", why.c_str());
    std::exit(1);
}

template <class T>
T must(Result<T> result) {
    if (!result) give_up(result.error().to_string());
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

// What a benchmark checks of itself, outside the loops that it times.
inline void must_hold(bool condition, const char* what) {
    if (!condition) give_up(std::string("this does not hold: ") + what);
}

}  // namespace batpak::bench
