// RestartBudget: what a RestartPolicy still allows.
//
// It remembers when the last restarts were, as many as the policy allows and no more: another one
// is allowed if the oldest of them has left the window. Times are whole nanoseconds of a clock that
// never goes back.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <chrono>
#include <deque>

#include "batpak/delivery/cursor_worker.hpp"

namespace batpak::delivery {

class RestartBudget {
public:
    explicit RestartBudget(const RestartPolicy& policy) : policy_(policy) {}

    // Whether a restart is allowed now; if so, it counts. Of any window (t - window, t] at most
    // `restarts` are allowed.
    [[nodiscard]] bool take(std::chrono::nanoseconds now) {
        if (policy_.restarts() == 0) return false;
        if (taken_.size() == policy_.restarts()) {
            if (now - taken_.front() < policy_.window()) return false;
            taken_.pop_front();
        }
        taken_.push_back(now);
        return true;
    }

private:
    const RestartPolicy policy_;
    std::deque<std::chrono::nanoseconds> taken_;
};

}  // namespace batpak::delivery
