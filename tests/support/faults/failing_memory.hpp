// Failing memory: operator new of a whole program, which fails where a test says.
//
// Every allocation is counted while it is armed, and those of one run of numbers fail. What the
// test itself, or the disk beneath a store, needs meanwhile is spared. Also counts what is not
// given back. The operators stand in tests/resources/failing_memory_test.cpp, and in that program
// only.
//
// Threads: thread-safe, but for arm() and disarm()
// Errors:  std::bad_alloc, where it is told to
#pragma once

#include <atomic>
#include <cstdint>

namespace batpak::testing {

// Which allocations fail, counted from 0 since arm().
struct Shortage {
    std::uint64_t first = UINT64_MAX;
    std::uint64_t count = 0;  // UINT64_MAX: all that follow
};

class FailingMemory {
public:
    static void arm(const Shortage& shortage) noexcept;
    static void disarm() noexcept;
    // How many were asked for since arm().
    static std::uint64_t asked() noexcept;
    // Blocks that are not given back, of the whole program.
    static std::int64_t live() noexcept;
};

// While one lives, this thread's allocations are neither counted nor failed.
class Spared {
public:
    Spared() noexcept;
    ~Spared();
    Spared(const Spared&) = delete;
    Spared& operator=(const Spared&) = delete;
};

}  // namespace batpak::testing
