// A waiter has two owners, one after the other, and the lock says which:
//
//     on the list    the list: any thread under the lock may take it off, for one of the reasons
//     taken off      the thread that took it, until `woken` is set: the waiter's thread waits
//
// So an outcome is written by one thread, and the stack frame that the waiter lives in does not end
// while another may look at it (INV D3).
#include "store/ends/arrivals.hpp"

#include <utility>

#include "base/platform/futex.hpp"
#include "batpak/base/assert.hpp"

namespace batpak::store {

Arrivals::Outcome Arrivals::wait(const Ends& ends, Sequence sequence,
                                 std::chrono::steady_clock::time_point deadline,
                                 const std::stop_token& stop) {
    Waiter waiter;
    waiter.sequence = sequence;
    if (!enlist(waiter, ends)) return waiter.outcome;
    const std::stop_callback on_stop(stop, [&] { cancel(waiter, Outcome::Stopped); });
    Deadline left = deadline;
    while (waiter.woken.load(std::memory_order_acquire) == 0) {
        if (left && std::chrono::steady_clock::now() >= *left) {
            // Somebody else may be about to wake it: then that is awaited, however late.
            cancel(waiter, Outcome::TimedOut);
            left.reset();
        } else if (!spin_while(waiter.woken, 0)) {
            futex_wait(waiter.woken, 0, left);
        }
    }
    BATPAK_ASSERT(!waiter.listed);  // or the list would keep what this stack frame is about to lose
    return waiter.outcome;
}

// First the number, then the look at the end: so no wake-up is lost (INV D3).
bool Arrivals::enlist(Waiter& waiter, const Ends& ends) {
    const MutexLock lock(mutex_);
    if (closed_) {
        waiter.outcome = Outcome::Closed;
        return false;
    }
    insert(waiter);
    publish_lowest();
    if (ends.visible() <= waiter.sequence) return true;
    remove(waiter);
    return false;
}

// The one that came last usually waits for the end of the log: the search from the back is short.
void Arrivals::insert(Waiter& waiter) {
    BATPAK_ASSERT(!waiter.listed && (first_ == nullptr) == (last_ == nullptr));
    Waiter* before = last_;
    while (before != nullptr && before->sequence > waiter.sequence) before = before->before;
    waiter.before = before;
    waiter.behind = before != nullptr ? before->behind : first_;
    BATPAK_ASSERT(waiter.behind == nullptr || waiter.behind->sequence > waiter.sequence);
    (waiter.before != nullptr ? waiter.before->behind : first_) = &waiter;
    (waiter.behind != nullptr ? waiter.behind->before : last_) = &waiter;
    waiter.listed = true;
}

void Arrivals::remove(Waiter& waiter) {
    BATPAK_ASSERT(waiter.listed);
    (waiter.before != nullptr ? waiter.before->behind : first_) = waiter.behind;
    (waiter.behind != nullptr ? waiter.behind->before : last_) = waiter.before;
    waiter.before = waiter.behind = nullptr;
    waiter.listed = false;
    publish_lowest();
}

void Arrivals::publish_lowest() noexcept {
    BATPAK_ASSERT((first_ == nullptr) == (last_ == nullptr));
    lowest_.store(first_ != nullptr ? first_->sequence.value : kNobody, std::memory_order_seq_cst);
}

void Arrivals::cancel(Waiter& waiter, Outcome outcome) {
    {
        const MutexLock lock(mutex_);
        if (!waiter.listed) return;
        remove(waiter);
        waiter.outcome = outcome;
    }
    wake(&waiter);
}

void Arrivals::wake_before(Sequence visible_end) noexcept {
    Waiter* served = nullptr;
    {
        const MutexLock lock(mutex_);
        while (first_ != nullptr && first_->sequence < visible_end) {
            Waiter* const waiter = first_;
            remove(*waiter);
            waiter->behind = std::exchange(served, waiter);
        }
    }
    wake(served);
}

void Arrivals::close() noexcept {
    Waiter* ended = nullptr;
    {
        const MutexLock lock(mutex_);
        closed_ = true;
        while (first_ != nullptr) {
            Waiter* const waiter = first_;
            remove(*waiter);
            waiter->outcome = Outcome::Closed;
            waiter->behind = std::exchange(ended, waiter);
        }
    }
    wake(ended);
}

// Wakes a chain of waiters that are off the list.
void Arrivals::wake(Waiter* first) noexcept {
    while (first != nullptr) {
        Waiter* const next = first->behind;
        const std::atomic<std::uint32_t>& word = first->woken;
        first->woken.store(1, std::memory_order_release);
        // From here on the waiter may be gone: its address names a word of the kernel's, and
        // a thread that sleeps there by then looks again.
        futex_wake_all(word);
        first = next;
    }
}

}  // namespace batpak::store
