// The kernel compares the word with what the caller saw, under its own lock, before it lets the
// thread sleep: so a change between the look and the sleep is never slept through (INV D3). A
// wake-up for no reason is allowed; every caller looks again.
#include "base/platform/futex.hpp"

#include "base/platform/platform.hpp"

#if BATPAK_LINUX_CALLS
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <ctime>
#endif

namespace batpak {
namespace {

constexpr int kSpins = 100;

static_assert(sizeof(std::atomic<std::uint32_t>) == 4 &&
              std::atomic<std::uint32_t>::is_always_lock_free);

void pause_processor() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

}  // namespace

bool spin_while(const std::atomic<std::uint32_t>& word, std::uint32_t seen) noexcept {
    for (int i = 0; i < kSpins; ++i) {
        if (word.load(std::memory_order_acquire) != seen) return true;
        pause_processor();
    }
    return false;
}

#if BATPAK_LINUX_CALLS

namespace {

timespec until(std::chrono::steady_clock::time_point deadline) noexcept {
    const auto ns =
        std::chrono::duration_cast<std::chrono::nanoseconds>(deadline.time_since_epoch());
    return {static_cast<time_t>(ns.count() / 1'000'000'000),
            static_cast<long>(ns.count() % 1'000'000'000)};
}

}  // namespace

void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t seen,
                const Deadline& deadline) noexcept {
    // FUTEX_WAIT_BITSET takes an absolute time of the monotonic clock, which steady_clock is.
    timespec end{};
    if (deadline) end = until(*deadline);
    syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, seen, deadline ? &end : nullptr, nullptr,
            FUTEX_BITSET_MATCH_ANY);
}

void futex_wake_all(const std::atomic<std::uint32_t>& word) noexcept {
    syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

#endif

}  // namespace batpak
