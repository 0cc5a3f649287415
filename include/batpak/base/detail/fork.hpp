// fork_generation: how many fork() calls there were between the first process and this one.
//
// What a process inherits through fork() is a copy that its parent still uses: random pools would
// repeat, two processes would write one file, and a mutex that another thread held at that moment
// stays locked forever in the child, where there is no such thread. An object that must not be used
// in a child remembers where it was made, in a ForkMark, and compares before it touches anything.
// pthread_atfork raises the count in the child; a raw clone() or vfork() bypasses it.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <cstdint>

#include "batpak/base/detail/language.hpp"

namespace batpak {

// One relaxed load.
std::uint64_t fork_generation() noexcept;

// Which process made the object that this is a member of.
class ForkMark {
public:
    // Whether this is a child, or a child of a child, of the process that made it.
    bool is_inherited() const noexcept { return fork_generation() != made_in_; }

private:
    std::uint64_t made_in_ = fork_generation();
};

}  // namespace batpak
