// GroupState: what the handles of a consumer group share.
//
// There is one way to its state, the log: every move is appended first, without any lock, and taken
// up when it is read back. So what a batch of the user's acknowledged needs no word from him, and a
// restart comes to the same state as what was there before. (INV Q4)
//
//     claim:    catch up with the own stream -> read on in the region -> EntityQueues
//     settle:   append a move -> catch up
//
// One handle of a store at a time has a group open, and one process a store, so nobody else writes
// to the group's stream; moves of different events do not depend on each other.
//
// Reads of the log are made under the mutex: who waits for it needs what is being read. Appends,
// waits and the user's code are outside.
//
// Threads: thread-safe
// Errors:  those of ConsumerGroup and Delivery
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <vector>

#include "batpak/base/detail/mutex.hpp"
#include "batpak/delivery/consumer_group.hpp"
#include "delivery/cursor/cursor_state.hpp"
#include "delivery/group/entity_queues.hpp"
#include "delivery/group/group_ledger.hpp"

namespace batpak::delivery {

class GroupState : public std::enable_shared_from_this<GroupState> {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    [[nodiscard]] static Result<std::shared_ptr<GroupState>> open(CursorState::Source source,
                                                                  const Region& region,
                                                                  const GroupId& id,
                                                                  const GroupOptions& options);
    ~GroupState();
    GroupState(const GroupState&) = delete;
    GroupState& operator=(const GroupState&) = delete;

    [[nodiscard]] Result<std::optional<Delivery>> claim(TimePoint deadline,
                                                        const std::stop_token& stop);
    [[nodiscard]] Result<std::vector<ParkedEvent>> parked() BATPAK_EXCLUDES(mutex_);
    [[nodiscard]] Result<void> replay(Sequence event) BATPAK_EXCLUDES(mutex_);
    [[nodiscard]] Result<void> park_damaged() BATPAK_EXCLUDES(mutex_);
    [[nodiscard]] Result<GroupStatus> status() BATPAK_EXCLUDES(mutex_);

    // ---- for deliveries. Requires: the event is claimed by the caller

    [[nodiscard]] Result<void> acknowledge(Sequence event);
    [[nodiscard]] Result<Retried> retry(Sequence event, std::uint32_t attempts,
                                        std::string_view reason);
    [[nodiscard]] Result<void> park(Sequence event, std::uint32_t attempts,
                                    std::string_view reason);
    BatchItem add_ack_to(BatchBuilder& batch, Sequence event) const;
    void give_back(Sequence event, std::uint64_t claim) noexcept BATPAK_EXCLUDES(mutex_);

private:
    // What a claim found: an event, or what to wait for.
    struct Claim {
        std::optional<Sequence> event;
        std::uint64_t number = 0;
        std::uint32_t attempts = 0;
        Sequence wait_for;
        std::stop_token given_back;
    };

    GroupState(CursorState::Source source, const GroupOptions& options, Coordinate coordinate,
               const Hash& region)
        : source_(std::move(source)),
          options_(options),
          coordinate_(std::move(coordinate)),
          region_(region) {}

    [[nodiscard]] Result<void> take_up(const Region& region, const GroupId& id);
    [[nodiscard]] Result<std::optional<GroupCheckpoint>> find_checkpoint() const;

    [[nodiscard]] Result<Claim> try_claim() BATPAK_EXCLUDES(mutex_);
    [[nodiscard]] Result<Delivery> deliver(const Claim& claim);
    [[nodiscard]] Result<Delivery> read(const Claim& claim);
    [[nodiscard]] Result<bool> wait(const Claim& claim, TimePoint deadline,
                                    const std::stop_token& stop) const;

    // Takes up the moves that stand in the log and were not taken up yet.
    [[nodiscard]] Result<void> catch_up() BATPAK_REQUIRES(mutex_);
    // The same; what is thrown is its error.
    [[nodiscard]] Result<void> try_to_catch_up() noexcept BATPAK_REQUIRES(mutex_);
    void take(const GroupMoved& moved) BATPAK_REQUIRES(mutex_);
    // Reads on in the region, as far as the window allows.
    [[nodiscard]] Result<void> fill() BATPAK_REQUIRES(mutex_);
    // Borrows: the event.
    std::string_view lane_of(const EventView& event) const;
    [[nodiscard]] Result<void> enqueue(Sequence sequence) BATPAK_REQUIRES(mutex_);
    [[nodiscard]] Result<void> enqueue_passed() BATPAK_REQUIRES(mutex_);
    [[nodiscard]] Result<void> enqueue_replayed() BATPAK_REQUIRES(mutex_);
    [[nodiscard]] Result<void> pass_damaged(const Error& error) BATPAK_REQUIRES(mutex_);
    void advance() BATPAK_REQUIRES(mutex_);
    void note_damage(const Error& error) BATPAK_REQUIRES(mutex_);
    [[nodiscard]] Result<void> reserve_parked() BATPAK_REQUIRES(mutex_);

    [[nodiscard]] Result<void> append(const GroupMoved& moved) BATPAK_EXCLUDES(mutex_);
    [[nodiscard]] Result<void> write_checkpoint_if_due() BATPAK_EXCLUDES(mutex_);
    [[nodiscard]] Result<void> write(const GroupCheckpoint& checkpoint) const;
    BatchOptions batch_options() const;

    const CursorState::Source source_;
    const GroupOptions options_;
    const Coordinate coordinate_;  // of the group's stream
    const Hash region_;
    bool holds_name_ = false;  // from open() on

    Mutex mutex_;
    std::unique_ptr<CursorState> cursor_ BATPAK_GUARDED_BY(mutex_);  // through the region
    Sequence scanned_ BATPAK_GUARDED_BY(mutex_);                     // how far it is
    // What the cursor has passed, and there was no memory to queue.
    std::optional<Sequence> passed_ BATPAK_GUARDED_BY(mutex_);
    Sequence folded_ BATPAK_GUARDED_BY(mutex_);  // moves before it are taken up
    GroupLedger ledger_ BATPAK_GUARDED_BY(mutex_);
    EntityQueues queues_ BATPAK_GUARDED_BY(mutex_);
    std::set<Sequence> unqueued_ BATPAK_GUARDED_BY(mutex_);  // open, behind the cursor, not queued
    std::map<Sequence, std::uint64_t> claims_ BATPAK_GUARDED_BY(mutex_);  // number of each claim
    std::uint64_t last_claim_ BATPAK_GUARDED_BY(mutex_) = 0;
    std::uint64_t parking_ BATPAK_GUARDED_BY(mutex_) = 0;  // on their way into the log
    std::set<Sequence> replaying_ BATPAK_GUARDED_BY(mutex_);
    std::uint64_t moves_ BATPAK_GUARDED_BY(mutex_) = 0;  // since the last checkpoint
    bool is_writing_checkpoint_ BATPAK_GUARDED_BY(mutex_) = false;
    std::optional<Sequence> damaged_ BATPAK_GUARDED_BY(mutex_);  // what the last claim failed at
    std::stop_source given_back_ BATPAK_GUARDED_BY(mutex_);      // wakes who waits, once
};

}  // namespace batpak::delivery
