// Arrivals: threads that sleep until an event is visible.
//
// Each of them waits for one sequence. They stand in a list, the lowest sequence first, and the
// lowest is published as one number: the leader that makes events visible looks at that number,
// takes the waiters that are served off the front of the list, and wakes them and nobody else. With
// no waiter it looks at the number and goes on.
//
// A wake-up cannot be lost: the waiter publishes its number and then looks at the visible end, the
// leader publishes the visible end and then looks at the number, all in one total order, so that at
// least one of them sees the other.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <stop_token>

#include "batpak/base/detail/mutex.hpp"
#include "store/ends/ends.hpp"

namespace batpak::store {

class Arrivals {
public:
    // Why a wait is over.
    enum class Outcome : std::uint8_t { Arrived, TimedOut, Stopped, Closed };

    // Returns when ends.visible() > sequence, when the deadline has passed, when `stop` is
    // requested, or when close() was called.
    Outcome wait(const Ends& ends, Sequence sequence,
                 std::chrono::steady_clock::time_point deadline, const std::stop_token& stop);

    // Wakes the threads that wait for an event before `visible_end`. Requires: it was published
    // before (not checked: the ends are the caller's).
    void announce(Sequence visible_end) noexcept {
        if (visible_end.value > lowest_.load(std::memory_order_seq_cst)) wake_before(visible_end);
    }
    // Ends every wait, also those that begin later.
    void close() noexcept;

private:
    static constexpr std::uint64_t kNobody = std::numeric_limits<std::uint64_t>::max();

    // Lives on the stack of the thread that waits. A thread that takes it off the list owns it
    // until it has set `woken`.
    struct Waiter {
        Sequence sequence;
        Waiter* before = nullptr;
        Waiter* behind = nullptr;
        bool listed = false;
        Outcome outcome = Outcome::Arrived;
        std::atomic<std::uint32_t> woken{0};
    };

    // False if there is nothing to wait for: the outcome says why.
    bool enlist(Waiter& waiter, const Ends& ends);
    void insert(Waiter& waiter) BATPAK_REQUIRES(mutex_);
    void remove(Waiter& waiter) BATPAK_REQUIRES(mutex_);
    void publish_lowest() noexcept BATPAK_REQUIRES(mutex_);
    void cancel(Waiter& waiter, Outcome outcome);
    void wake_before(Sequence visible_end) noexcept;
    static void wake(Waiter* first) noexcept;

    std::atomic<std::uint64_t> lowest_{kNobody};  // the first waiter's sequence

    Mutex mutex_;
    Waiter* first_ BATPAK_GUARDED_BY(mutex_) = nullptr;
    Waiter* last_ BATPAK_GUARDED_BY(mutex_) = nullptr;
    bool closed_ BATPAK_GUARDED_BY(mutex_) = false;
};

}  // namespace batpak::store
