// Futex: sleep until a word changes, and wake who sleeps on it.
//
// std::atomic::wait has no deadline; this has. A waiter gives the value that it saw, so that a
// change between looking and sleeping is never missed.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace batpak {

using Deadline = std::optional<std::chrono::steady_clock::time_point>;

// Returns when `word` is not `seen`, when somebody wakes it, when the deadline has passed, or for
// no reason at all: the caller looks again.
void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t seen,
                const Deadline& deadline) noexcept;
void futex_wake_all(const std::atomic<std::uint32_t>& word) noexcept;

// Looks at `word` for about a microsecond before anybody sleeps. True if it changed.
bool spin_while(const std::atomic<std::uint32_t>& word, std::uint32_t seen) noexcept;

}  // namespace batpak
