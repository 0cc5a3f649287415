// Assert: a bug stops the program at once, in every build.
//
// BATPAK_ASSERT states what must be true if batpak and its caller are correct. It never judges
// input or the environment: those get a Result. A failed assertion prints where and what failed,
// and aborts, because a store that continues after a broken invariant may write the damage to disk.
// Tests may install a handler that throws, so that `Requires:` lines can be tested cheaply.
//
// Threads: thread-safe
// Errors:  none; a failed assertion does not return
#pragma once

#include "batpak/base/detail/language.hpp"

namespace batpak {

// Called with the text of a failed assertion. If it returns, the program is aborted.
using AssertHandler = void (*)(const char* condition, const char* file, int line);

// Installs `handler` (nullptr: the default, which prints to stderr) and returns the one before.
AssertHandler set_assert_handler(AssertHandler handler) noexcept;

namespace detail {
[[noreturn]] void assert_failed(const char* condition, const char* file, int line);
}  // namespace detail

}  // namespace batpak

#define BATPAK_ASSERT(condition)                                             \
    do {                                                                     \
        if (!(condition)) [[unlikely]] {                                     \
            ::batpak::detail::assert_failed(#condition, __FILE__, __LINE__); \
        }                                                                    \
    } while (false)

#define BATPAK_UNREACHABLE() ::batpak::detail::assert_failed("unreachable", __FILE__, __LINE__)
