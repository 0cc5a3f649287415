// A queue with a hole at its end:
//
//     [ 4 ] [ 5 ] [ 2 missing, 8 ] [ 9 ]  3 missing
//
// What does not fit is counted at the end; the next one that fits takes the count with it, as what
// is missing in front of it. So what is delivered and what is said to be missing keep the order of
// the log, and together are all of it (INV D4).
#include "delivery/live/mailbox.hpp"

namespace batpak::delivery {

// Made once for all mailboxes that want it, and shared: with payload and without are two.
Notification GroupNotifications::of(std::size_t index, Payloads payloads) {
    std::vector<std::optional<Notification>>& made = made_[static_cast<std::size_t>(payloads)];
    if (made.empty()) made.resize(events_.size());
    if (!made[index]) {
        const EventView& event = events_[index];
        Notification::Content content{
            .coordinate = *Coordinate::from_stored(event.entity, event.scope),
            .position = event.position,
            .header = event.header,
            .hash = event.hash,
            .durable = event.durable,
            .tags = {},
            .payload = std::nullopt};
        for (const std::string_view tag : event.tags()) content.tags.emplace_back(tag);
        if (payloads == Payloads::Include) {
            content.payload.emplace(event.payload.begin(), event.payload.end());
        }
        made[index].emplace(std::make_shared<const Notification::Content>(std::move(content)));
    }
    return *made[index];
}

// The reader's filter, on the leader's thread: it looks at the event as it is, before anything is
// copied.
bool Mailbox::wants(const EventView& event) const noexcept {
    const bool own = event.kind().category() == EventKind::kSystemCategory;
    if (own && options_.own_events == OwnEvents::LeaveOut) return false;
    return region_.contains(event.facts());
}

void Mailbox::put(GroupNotifications& group) noexcept {
    bool wake = false;
    for (std::size_t i = 0; i < group.events().size(); ++i) {
        if (!wants(group.events()[i])) continue;
        const MutexLock lock(mutex_);
        add(i, group);
        wake = awaited_;
        signal();
    }
    if (wake) arrived_.notify_one();
}

// Queued or counted, in its place: nothing else happens to a notification (INV D4).
void Mailbox::add(std::size_t index, GroupNotifications& group) noexcept {
    if (closed_ || queue(index, group)) return;
    if (lag_.missed == 0) lag_.resume_at = group.events()[index].sequence();
    ++lag_.missed;
}

// False if it does not fit, or there is no memory for it.
bool Mailbox::queue(std::size_t index, GroupNotifications& group) noexcept {
    if (entries_.size() >= options_.capacity) return false;
    try {
        entries_.push_back({group.of(index, options_.payloads), lag_});
    } catch (const std::bad_alloc&) {
        return false;
    }
    lag_ = {};
    return true;
}

void Mailbox::close() noexcept {
    {
        const MutexLock lock(mutex_);
        closed_ = true;
        signal();
    }
    arrived_.notify_all();
}

// What is missing is told before what follows it.
std::optional<Live<Notification>> Mailbox::pop() {
    Lagged& lag = entries_.empty() ? lag_ : entries_.front().before;
    if (lag.missed > 0) return Live<Notification>(std::exchange(lag, {}));
    if (entries_.empty()) return std::nullopt;
    Live<Notification> item(std::move(entries_.front().notification));
    entries_.pop_front();
    return item;
}

Mailbox::Taken Mailbox::take(std::chrono::steady_clock::time_point deadline) {
    const MutexLock lock(mutex_);
    while (!has_items() && !closed_) {
        if (std::chrono::steady_clock::now() >= deadline) return {};
        awaited_ = true;
        arrived_.wait_until(mutex_, deadline);
        awaited_ = false;
    }
    Taken taken{.item = pop(), .ended = false};
    taken.ended = !taken.item;
    signal();
    return taken;
}

Result<int> Mailbox::descriptor() {
    const MutexLock lock(mutex_);
    if (!descriptor_.is_open()) {
        BATPAK_CHECK(descriptor_.open());
        signal();
    }
    return descriptor_.number();
}

}  // namespace batpak::delivery
