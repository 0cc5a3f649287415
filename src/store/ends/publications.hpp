// Publications: who is told of events at the moment at which they become visible.
//
// There is at most one observer, which lives as long as the store's read side; it is active while
// somebody listens to it. The commit looks at one pointer, and goes on if it is null.
//
// Threads: thread-safe; published() is called by the leader, one group after the other
// Errors:  none
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>

#include "batpak/base/detail/mutex.hpp"
#include "batpak/event/event.hpp"

namespace batpak::store {

class PublicationObserver {
public:
    virtual ~PublicationObserver() = default;
    PublicationObserver() = default;
    PublicationObserver(const PublicationObserver&) = delete;
    PublicationObserver& operator=(const PublicationObserver&) = delete;

    // The events of one group, in order, all of which can be read by now. Others wait for it: it
    // must not block. Borrows: the views, for the call; they do not say how batches were cut.
    virtual void published(std::span<const EventView> events) noexcept = 0;
    virtual void closed() noexcept = 0;
    virtual std::uint64_t listeners() const noexcept = 0;
};

class Publications {
public:
    // Null if nobody listens.
    PublicationObserver* active() const noexcept { return active_.load(std::memory_order_acquire); }

    // The observer, made by `make` if there is none yet.
    PublicationObserver& observer(
        const std::function<std::unique_ptr<PublicationObserver>()>& make) {
        const MutexLock lock(mutex_);
        if (!observer_) observer_ = make();
        return *observer_;
    }
    // Called by the observer: whether it wants to be told.
    void set_active(PublicationObserver* observer) noexcept {
        active_.store(observer, std::memory_order_release);
    }
    // Tells the observer that nothing is published any more.
    void close() noexcept {
        const MutexLock lock(mutex_);
        if (observer_) observer_->closed();
    }

private:
    std::atomic<PublicationObserver*> active_{nullptr};
    Mutex mutex_;
    std::unique_ptr<PublicationObserver> observer_ BATPAK_GUARDED_BY(mutex_);
};

}  // namespace batpak::store
