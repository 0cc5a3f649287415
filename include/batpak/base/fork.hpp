// fork_generation: how many fork() calls lie between the first process and this one.
//
// What a process inherits over fork() is a copy that its parent still uses: random pools would
// repeat, and two processes would write one file. Whoever must not go on in a child remembers the
// generation it was born in and compares. The count is raised in the child, by pthread_atfork;
// a raw clone() or vfork() does not pass there.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <cstdint>

#include "batpak/base/language.hpp"

namespace batpak {

// One relaxed load.
std::uint64_t fork_generation() noexcept;

}  // namespace batpak
