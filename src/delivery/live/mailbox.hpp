// Mailbox: the bounded queue of one subscription, between those who append and the one who takes.
//
// What does not fit, or finds no memory, is counted. The count stands where the notifications
// would: before the next one that fits, or at the end of the queue.
//
// Threads: thread-safe
// Errors:  take: none; descriptor: Io
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "base/platform/ready_descriptor.hpp"
#include "batpak/base/detail/mutex.hpp"
#include "batpak/delivery/subscription.hpp"

namespace batpak::delivery {

// The notifications of one group of events, made when the first subscription wants them.
class GroupNotifications {
public:
    // Borrows: the views.
    explicit GroupNotifications(std::span<const EventView> events) : events_(events) {}

    std::span<const EventView> events() const noexcept { return events_; }
    Notification of(std::size_t index, Payloads payloads);

private:
    std::span<const EventView> events_;
    std::vector<std::optional<Notification>> made_[2];  // by Payloads
};

class Mailbox {
public:
    Mailbox(Region region, const SubscriptionOptions& options)
        : region_(std::move(region)), options_(options) {}
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;

    // Queues those events of the group that are for this subscription.
    void put(GroupNotifications& group) noexcept;
    // Nothing comes any more.
    void close() noexcept;
    bool is_closed() noexcept {
        const MutexLock lock(mutex_);
        return closed_;
    }

    struct Taken {
        std::optional<Live<Notification>> item;
        bool ended = false;  // there is no item, and none will come
    };
    Taken take(std::chrono::steady_clock::time_point deadline);
    [[nodiscard]] Result<int> descriptor();

private:
    struct Entry {
        Notification notification;
        Lagged before;  // what is missing in front of it
    };

    bool wants(const EventView& event) const noexcept;
    void add(std::size_t index, GroupNotifications& group) noexcept BATPAK_REQUIRES(mutex_);
    bool queue(std::size_t index, GroupNotifications& group) noexcept BATPAK_REQUIRES(mutex_);
    std::optional<Live<Notification>> pop() BATPAK_REQUIRES(mutex_);
    bool has_items() const noexcept BATPAK_REQUIRES(mutex_) {
        return !entries_.empty() || lag_.missed > 0;
    }
    // Makes the descriptor readable or not, as it has to be.
    void signal() noexcept BATPAK_REQUIRES(mutex_) { descriptor_.set(has_items() || closed_); }

    const Region region_;
    const SubscriptionOptions options_;

    Mutex mutex_;
    ConditionVariable arrived_;
    std::deque<Entry> entries_ BATPAK_GUARDED_BY(mutex_);  // at most options_.capacity
    Lagged lag_ BATPAK_GUARDED_BY(mutex_);                 // after the last entry
    bool awaited_ BATPAK_GUARDED_BY(mutex_) = false;       // somebody sleeps in take()
    bool closed_ BATPAK_GUARDED_BY(mutex_) = false;
    ReadyDescriptor descriptor_ BATPAK_GUARDED_BY(mutex_);
};

}  // namespace batpak::delivery
