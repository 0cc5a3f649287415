// Corrections: where a reader's log was found to go on in another way than was shown.
//
// A writer takes a failed write back; a reader may have seen it before. From each correction on,
// the events after its place are others. Who keeps a place in the log, such as a cursor or a view,
// keeps with it how many corrections there had been, and asks what became of the place.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "batpak/base/assert.hpp"
#include "batpak/base/detail/mutex.hpp"
#include "batpak/base/sequence.hpp"

namespace batpak::store {

class Corrections {
public:
    std::uint64_t count() const noexcept { return count_.load(std::memory_order_acquire); }

    // The events from `from` on are others now.
    void add(Sequence from) {
        const MutexLock lock(mutex_);
        // What begins further ahead is inside what this one takes back.
        while (!kept_.empty() && kept_.back().from >= from) kept_.pop_back();
        if (kept_.size() == kKeptMax) {
            // The lower of the two oldest answers for both.
            kept_[0].number = kept_[1].number;
            kept_.erase(kept_.begin() + 1);
        }
        const std::uint64_t number = count_.load(std::memory_order_relaxed) + 1;
        BATPAK_ASSERT(kept_.size() < kKeptMax);
        BATPAK_ASSERT(kept_.empty() || kept_.back().number < number);
        kept_.push_back({number, from});
        count_.store(number, std::memory_order_release);
    }

    // The first event that is another since there were `count` corrections; nothing if none is.
    std::optional<Sequence> since(std::uint64_t count) const {
        BATPAK_ASSERT(count <= this->count());
        if (count == this->count()) return std::nullopt;
        const MutexLock lock(mutex_);
        const auto first = std::ranges::upper_bound(kept_, count, {}, &Correction::number);
        if (first == kept_.end()) return std::nullopt;
        return first->from;
    }

private:
    static constexpr std::size_t kKeptMax = 256;

    struct Correction {
        std::uint64_t number;
        Sequence from;
    };

    mutable Mutex mutex_;
    // Numbers and places grow: the first one after a number is the lowest of all after it.
    std::vector<Correction> kept_ BATPAK_GUARDED_BY(mutex_);
    std::atomic<std::uint64_t> count_{0};
};

}  // namespace batpak::store
