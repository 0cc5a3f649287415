// GroupFront: the group commit that one writes in front of a store that has none (+gc).
//
// The first caller leads: he stores all that waits as one batch, and wakes everybody. If the batch
// is refused, he appends the events one by one, so that each caller gets his own answer.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <condition_variable>
#include <mutex>
#include <vector>

#include "compare/contender.hpp"

namespace batpak::bench {

class GroupFront {
public:
    // Borrows: the store, to which nobody else appends.
    explicit GroupFront(Contender& store) : store_(store) {}

    bool append(const NewEvent& event) {
        Waiter waiter{event};
        std::unique_lock lock(mutex_);
        waiting_.push_back(&waiter);
        while (!waiter.is_answered) {
            if (leading_) {
                answered_.wait(lock);
            } else {
                lead(lock);
            }
        }
        return waiter.is_stored;
    }

private:
    struct Waiter {
        const NewEvent& event;
        bool is_answered = false;
        bool is_stored = false;
    };

    void lead(std::unique_lock<std::mutex>& lock) {
        leading_ = true;
        std::swap(waiting_, writing_);
        lock.unlock();
        events_.clear();
        for (const Waiter* waiter : writing_) events_.push_back(waiter->event);
        const bool all_stored = store_.append_batch(events_);
        for (Waiter* waiter : writing_)
            waiter->is_stored = all_stored || store_.append(waiter->event);
        lock.lock();
        for (Waiter* waiter : writing_) waiter->is_answered = true;
        writing_.clear();
        leading_ = false;
        answered_.notify_all();
    }

    Contender& store_;
    std::mutex mutex_;
    std::condition_variable answered_;
    std::vector<Waiter*> waiting_;
    std::vector<Waiter*> writing_;  // the leader's
    std::vector<NewEvent> events_;  // the leader's
    bool leading_ = false;
};

}  // namespace batpak::bench
