// ConsumerGroup: the events of a region, shared among workers; those of one entity, or of one tag,
// one at a time.
//
//     auto group = ConsumerGroup::open(store, Region::scope("shop"), GroupId("shipping")).value();
//     // in each of several threads:
//     while (std::optional<Delivery> delivery = group.claim(deadline, stop).value()) {
//         if (ship(delivery->event())) std::move(*delivery).ack().value();
//         else std::move(*delivery).retry("no label").value();
//     }
//
// claim() gives the oldest event whose entity, or tag (GroupOptions::in_order_by_tag), no other
// worker is working on. Each event is given
// out at least once, and again until it is settled: acknowledged, or parked. Events of one entity
// come in order; one that is retried holds back those after it, one that is parked does not.
//
// What is settled, retried and parked is written into the log as batpak's own events, so it
// survives what the store survives, and an acknowledgement can be in one atomic batch with its
// effect (Delivery::add_ack_to): then the effect happens exactly once in the log. From time to time
// a checkpoint sums them up, so opening a group reads what was written since, and no more.
//
// Everything is bounded: how many events are known and not settled (`window_max`; at the limit the
// group waits for the oldest), and how many are parked (at the limit park() is ParkedFull).
//
// Threads: a ConsumerGroup is thread-safe; a Delivery is thread-compatible, and may move between
//          threads
// Errors:  every call: Closed, Forked, those of reading; see each for more
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "batpak/delivery/cursor.hpp"

namespace batpak {

namespace delivery {
class GroupState;
}

// Under which name a group's state is kept. 1 to 990 bytes, no control bytes.
struct GroupId {
    static constexpr std::size_t kBytesMax = 990;

    explicit GroupId(std::string_view id) : text(id) {}

    std::string text{};
};

// How a group begins, retries, and how often it notes where it is.
struct GroupOptions {
    static constexpr std::uint32_t kWindowMaxMax = 4096;
    static constexpr std::uint32_t kParkedMaxMax = 1024;
    static constexpr std::uint32_t kCheckpointEveryMax = 65'536;

    CursorStart start = CursorStart::beginning();  // of a group that is new
    std::uint32_t window_max = 1024;               // 1 to kWindowMaxMax
    std::uint32_t retries_max = 5;                 // the next retry() parks the event
    std::uint32_t parked_max = kParkedMaxMax;      // 1 to kParkedMaxMax
    std::uint32_t checkpoint_every = 256;          // moves; 1 to kCheckpointEveryMax
    std::optional<Durability> durability{};        // of acks and the like; absent: as appends
    // Whose events come one at a time and in order. Empty: those of an entity. Else those that have
    // the same tag of this beginning, for example "course:"; an event with several such tags goes
    // with the first of them, and one with none, with its entity. It is no part of the group's
    // state: a group may be opened with another one.
    std::string in_order_by_tag{};
};

enum class Retried : std::uint8_t {
    Again,   // it will be given out again
    Parked,  // it was retried often enough
};

// An event that the group gave up for now, and why.
struct ParkedEvent {
    Sequence sequence{};
    std::uint32_t attempts = 0;  // that failed
    std::string reason{};
};

struct GroupStatus {
    Sequence low{};  // everything of the region before it was settled, at least once
    std::uint64_t waiting = 0;
    std::uint64_t claimed = 0;
    std::uint64_t settled_ahead = 0;  // settled, after one that is not
    std::uint64_t parked = 0;
};

// An event that was given to one worker. To destroy it unsettled gives it back, for anybody; that
// is no attempt. It may outlive its ConsumerGroup and its Store, and then settles nothing.
class Delivery {
public:
    Delivery(Delivery&&) noexcept;
    Delivery& operator=(Delivery&&) noexcept;
    ~Delivery();

    // Borrows: until the delivery is destroyed.
    const EventView& event() const noexcept { return *event_; }
    std::uint32_t attempts() const noexcept { return attempts_; }  // that failed before

    // It is done. Ensures: no worker gets it again. Errors, of the three: those of append_batch();
    // the delivery is then still the caller's, and can be settled once more.
    [[nodiscard]] Result<void> ack() &&;
    // It failed: gives it back, or parks it once it was retried `retries_max` times. The reason is
    // kept where it parks. Errors: ParkedFull.
    [[nodiscard]] Result<Retried> retry(std::string_view reason) &&;
    // It will not do: puts it aside until replay_parked(). Errors: ParkedFull.
    [[nodiscard]] Result<void> park(std::string_view reason) &&;

    // The same as ack(), in a batch of the caller's with what he did: stored together or not at
    // all. The items of the batch must have no keys of their own. Destroy the delivery when the
    // batch was appended, and not before: it finds out what became of the batch, and if it failed
    // gives the event back. Requires: the batch is for the group's store.
    BatchItem add_ack_to(BatchBuilder& batch) const;

private:
    friend class delivery::GroupState;

    Delivery(std::shared_ptr<delivery::GroupState> group, HeldEvent event, std::uint64_t claim,
             std::uint32_t attempts)
        : group_(std::move(group)), event_(std::move(event)), claim_(claim), attempts_(attempts) {}

    void give_back() noexcept;

    std::shared_ptr<delivery::GroupState> group_;  // null once it is settled
    HeldEvent event_;
    std::uint64_t claim_;
    std::uint32_t attempts_;
};

class ConsumerGroup {
public:
    static constexpr std::size_t kReasonBytesMax = 256;  // longer ones are cut

    // Gives each event of the region to one of several workers, those of an entity in order.
    // Errors: InvalidArgument, InvalidCoordinate: the id, or the options; GroupInUse; those of
    // cursor_guaranteed() on the stored state.
    [[nodiscard]] static Result<ConsumerGroup> open(Store& store, const Region& region,
                                                    const GroupId& id,
                                                    const GroupOptions& options = {});

    explicit ConsumerGroup(std::shared_ptr<delivery::GroupState> state);
    ConsumerGroup(ConsumerGroup&&) noexcept;
    ConsumerGroup& operator=(ConsumerGroup&&) noexcept;
    // Deliveries go on. The id is free when the last of them is gone.
    ~ConsumerGroup();

    // The next event whose entity is free; nothing once the deadline has passed or `stop` is
    // requested. Errors: CorruptFrame or CorruptHash at an event that is damaged, again and again,
    // until park_damaged(); those of append_batch(), where a checkpoint is due.
    [[nodiscard]] Result<std::optional<Delivery>> claim(
        std::chrono::steady_clock::time_point deadline, const std::stop_token& stop = {});

    // In the order of their sequences.
    [[nodiscard]] Result<std::vector<ParkedEvent>> parked();
    // Gives a parked event out again, with no attempts. It does not wait for events after it that
    // are settled, and no later event of its entity waits for it unless it is given out. Errors:
    // EventNotFound if it is not parked.
    [[nodiscard]] Result<void> replay_parked(Sequence sequence);
    // All of them; how many they were.
    [[nodiscard]] Result<std::uint64_t> replay_parked();
    // Parks the damaged event that claim() failed at. Errors: InvalidArgument if there is none;
    // ParkedFull.
    [[nodiscard]] Result<void> park_damaged();

    [[nodiscard]] Result<GroupStatus> status();

private:
    std::shared_ptr<delivery::GroupState> state_;
};

}  // namespace batpak
