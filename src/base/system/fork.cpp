// How many times this process is the child of a fork(): what was made under another number was
// inherited, and must wait for no lock, because the thread that holds it may not be here (INV L2).
#include "batpak/base/detail/fork.hpp"

#include <atomic>

#include "base/platform/at_fork.hpp"

namespace batpak {
namespace {

std::atomic<std::uint64_t> generation{0};

// Runs in the child, between fork() and its return, where only async-signal-safe code may run.
extern "C" void batpak_count_fork() { generation.fetch_add(1, std::memory_order_relaxed); }

// Before main() and before every static object of the program (101 is the first priority that a
// program may use), so that no handle can be older than the registration.
[[gnu::constructor(101)]] void count_forks() { call_at_fork({.in_child = &batpak_count_fork}); }

}  // namespace

std::uint64_t fork_generation() noexcept { return generation.load(std::memory_order_relaxed); }

}  // namespace batpak
