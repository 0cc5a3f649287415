// Subscription: notifications of events as they become visible, as many as fit.
//
//     Subscription live = store.subscribe_lossy(Region::scope("room:dungeon")).value();
//     while (const auto item = live.next(deadline).value()) {
//         if (item->lag()) { reload(); continue; }   // some are missing, and it says how many
//         show((*item)->coordinate(), (*item)->kind());
//     }
//
// It delivers the events of its region that are appended after it was made, in order, once each,
// and never before they can be read. The appending thread puts them into its queue, and never
// waits: if the queue is full, they are counted instead, and the count takes their place (Lagged).
// A program that must have every event uses a cursor.
//
// It ends when the store is closed: what is queued can still be taken, then next() returns Closed.
//
// Threads: thread-compatible; its thread and appending threads may meet
// Errors:  next: Closed, Forked; descriptor: Io
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "batpak/coordinate/region.hpp"
#include "batpak/delivery/cursor.hpp"
#include "batpak/delivery/flow.hpp"
#include "batpak/event/event.hpp"
#include "batpak/store/store.hpp"

namespace batpak {

namespace delivery {
class Mailbox;
class Hub;
}  // namespace delivery

// What is told of one event. All subscriptions share it: copies are cheap.
class Notification {
public:
    struct Content {
        Coordinate coordinate;
        Position position;
        EventHeader header;
        Hash hash;
        bool durable = false;
        std::vector<std::string> tags;
        std::optional<Bytes> payload;  // if the subscription asked for it
    };

    explicit Notification(std::shared_ptr<const Content> content) : content_(std::move(content)) {}

    const Coordinate& coordinate() const noexcept { return content_->coordinate; }
    const Position& position() const noexcept { return content_->position; }
    Sequence sequence() const noexcept { return content_->position.sequence; }
    Version version() const noexcept { return content_->position.version; }
    const EventHeader& header() const noexcept { return content_->header; }
    EventKind kind() const noexcept { return content_->header.kind; }
    const EventId& event_id() const noexcept { return content_->header.event_id; }
    const Hash& hash() const noexcept { return content_->hash; }
    bool durable() const noexcept { return content_->durable; }  // when it became visible
    // Sorted by their bytes. Borrows: this notification, or any copy of it.
    const std::vector<std::string>& tags() const noexcept { return content_->tags; }

    // As EventView::as. Requires: the subscription is one with payloads.
    template <class P>
    [[nodiscard]] Result<P> as() const {
        BATPAK_ASSERT(content_->payload);
        EventView view;
        view.position = content_->position;
        view.header = content_->header;
        view.payload = *content_->payload;
        return view.as<P>();
    }

private:
    std::shared_ptr<const Content> content_;
};

// Whether notifications carry the payload of their event.
enum class Payloads : std::uint8_t { LeaveOut, Include };

// How long the queue is, and what goes into it.
struct SubscriptionOptions {
    static constexpr std::uint32_t kCapacityDefault = 1024;
    static constexpr std::uint32_t kCapacityMax = 1'000'000;

    // How many notifications are queued at most: 1 to kCapacityMax.
    std::uint32_t capacity = kCapacityDefault;
    Payloads payloads = Payloads::LeaveOut;
    OwnEvents own_events = OwnEvents::LeaveOut;
};

class Subscription : public FlowSteps<Subscription> {
public:
    using Value = Notification;

    Subscription(std::shared_ptr<store::ReadSide> side, delivery::Hub& hub,
                 std::shared_ptr<delivery::Mailbox> mailbox);
    Subscription(Subscription&&) noexcept;
    Subscription& operator=(Subscription&&) noexcept;
    // Ends it at once: nothing of it stays with the store.
    ~Subscription();

    // The next one; nothing if none came before the deadline.
    [[nodiscard]] Result<std::optional<Live<Notification>>> next(
        std::chrono::steady_clock::time_point deadline);
    // The next one of those that have come.
    [[nodiscard]] Result<std::optional<Live<Notification>>> try_next();
    // A file descriptor that poll() and epoll find readable as long as try_next() has something, or
    // the store is closed. It belongs to the subscription; only look at it.
    [[nodiscard]] Result<int> descriptor();
    bool done() const noexcept { return false; }

private:
    void end() noexcept;

    std::shared_ptr<store::ReadSide> side_;
    delivery::Hub* hub_;  // which lives as long as side_
    std::shared_ptr<delivery::Mailbox> mailbox_;
};

}  // namespace batpak
