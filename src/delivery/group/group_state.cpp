// Three things, each a function of the log, kept up as it grows:
//
//     ledger_    a fold of the group's own stream: what is settled, parked, open
//     queues_    what of the region is not settled, by entity, as far as the cursor has read
//     claims_    what is out, in this process alone: it is given out again after a crash (INV Q4)
//
// A claim catches up with the stream, fills the queues from the region, and takes the oldest that
// may go. Settling is an event: the ledger changes when the log has it, never before. So what two
// consumers, or a batch of the user's, did to one event is seen in the order of the log.
#include "delivery/group/group_state.hpp"

#include <utility>

#include "base/exceptions.hpp"
#include "batpak/base/assert.hpp"
#include "delivery/short_reason.hpp"
#include "store/system_events.hpp"
#include "store/view/event_reader.hpp"
#include "store/view/range_state.hpp"

namespace batpak::delivery {
namespace {

using store::EventReader;
using store::Pin;
using store::RangeState;

constexpr std::string_view kGroupCursorPrefix = "group:";
static_assert(kGroupCursorPrefix.size() + GroupId::kBytesMax <= CursorId::kBytesMax);

Result<void> check_options(const GroupId& id, const GroupOptions& options) {
    const auto within = [](std::uint32_t value, std::uint32_t max) {
        return value >= 1 && value <= max;
    };
    if (id.text.empty() || id.text.size() > GroupId::kBytesMax) {
        return fail(ErrorCode::InvalidArgument, "a group's id has 1 to 990 bytes");
    }
    if (!within(options.window_max, GroupOptions::kWindowMaxMax) ||
        !within(options.parked_max, GroupOptions::kParkedMaxMax) ||
        !within(options.checkpoint_every, GroupOptions::kCheckpointEveryMax)) {
        return fail(ErrorCode::InvalidArgument,
                    "window_max is 1 to 4,096, parked_max 1 to 1,024, and checkpoint_every 1 to "
                    "65,536");
    }
    if (options.in_order_by_tag.size() > TagsView::kTagBytesMax) {
        return fail(ErrorCode::InvalidArgument,
                    "in_order_by_tag is what tags begin with: at most 256 bytes");
    }
    return {};
}

bool is_damage(const Error& error) noexcept {
    return error.code() == ErrorCode::CorruptFrame || error.code() == ErrorCode::CorruptHash;
}

}  // namespace

// ---- opening

Result<std::shared_ptr<GroupState>> GroupState::open(CursorState::Source source,
                                                     const Region& region, const GroupId& id,
                                                     const GroupOptions& options) {
    BATPAK_CHECK(source.side->check());
    BATPAK_CHECK(check_options(id, options));
    BATPAK_TRY(Coordinate coordinate, Coordinate::create(std::string(kGroupEntityPrefix) + id.text,
                                                         system_kinds::kSystemScope));
    const Digest digest(source.side->has_hashes());
    const Hash region_hash = digest.of_region(region, OwnEvents::LeaveOut);
    std::shared_ptr<GroupState> state(
        new GroupState(std::move(source), options, std::move(coordinate), region_hash));
    const std::string& name = state->coordinate_.entity();
    state->holds_name_ = state->source_.engine->names().hold(name);
    if (!state->holds_name_) {
        return fail(Error(ErrorCode::GroupInUse,
                          "the group is open already: share its handle, or let go of it and of its "
                          "deliveries first")
                        .at(name));
    }
    BATPAK_CHECK(state->take_up(region, id));
    return state;
}

// Deliveries keep the state, so the name is free only when the last of them is gone: no event can
// be out twice in one process (INV Q3).
GroupState::~GroupState() {
    // A child after fork() leaves alone what the parent may have held locked.
    if (holds_name_ && !source_.side->forked())
        source_.engine->names().release(coordinate_.entity());
}

// The ledger first, from the last checkpoint and the moves after it; then the cursor, from where
// everything before is settled. A group that is new writes a checkpoint at once: so "at the end" is
// the same place after a restart.
Result<void> GroupState::take_up(const Region& region, const GroupId& id) {
    const MutexLock lock(mutex_);
    BATPAK_TRY(const std::optional<GroupCheckpoint> checkpoint, find_checkpoint());
    CursorOptions cursor_options;
    cursor_options.stored = StoredPosition::Replace;
    cursor_options.start = options_.start;
    if (checkpoint) {
        if (checkpoint->region != region_) {
            return fail(Error(ErrorCode::ForeignPosition,
                              "the group was made for another region: choose another id")
                            .at(coordinate_.entity()));
        }
        ledger_ = GroupLedger(*checkpoint);
        folded_ = checkpoint->folded;
        scanned_ = checkpoint->low;
        BATPAK_CHECK(catch_up());
        cursor_options.start = CursorStart::at(ledger_.low());
    }
    BATPAK_TRY(cursor_, CursorState::open(source_, region,
                                          CursorId(std::string(kGroupCursorPrefix) + id.text),
                                          cursor_options));
    scanned_ = cursor_->position().next;
    if (!checkpoint) {
        ledger_.advance(scanned_);
        folded_ = source_.side->pin().end;
        GroupCheckpoint first = ledger_.checkpoint();
        first.folded = folded_;
        return write(first);
    }
    for (const auto& [event, attempts] : ledger_.open())
        if (event < scanned_) unqueued_.insert(event);
    return {};
}

Result<std::optional<GroupCheckpoint>> GroupState::find_checkpoint() const {
    QueryOptions newest;
    newest.direction = Direction::Backward;
    newest.limit = 1;
    RangeState range(source_.side->pin(), source_.side,
                     Region::entity(coordinate_.entity()).with_kind<GroupCheckpoint>(), newest);
    const Result<EventView>* const event = range.next();
    if (event == nullptr) return std::optional<GroupCheckpoint>();
    if (!*event) return fail(Error(event->error()));
    BATPAK_TRY(GroupCheckpoint checkpoint, (*event)->as<GroupCheckpoint>());
    return std::optional(std::move(checkpoint));
}

// ---- claiming

Result<std::optional<Delivery>> GroupState::claim(TimePoint deadline, const std::stop_token& stop) {
    for (;;) {
        BATPAK_CHECK(source_.side->check());
        BATPAK_CHECK(write_checkpoint_if_due());
        BATPAK_TRY(const Claim claim, try_claim());
        if (claim.event) {
            BATPAK_TRY(Delivery delivery, deliver(claim));
            return std::optional(std::move(delivery));
        }
        BATPAK_TRY(const bool goes_on, wait(claim, deadline, stop));
        if (!goes_on) return std::optional<Delivery>();
    }
}

// Under the lock, so claims are given out one at a time and in order. The event itself is read
// outside of it (deliver()).
Result<GroupState::Claim> GroupState::try_claim() {
    const MutexLock lock(mutex_);
    if (given_back_.stop_requested()) given_back_ = std::stop_source();
    BATPAK_CHECK(catch_up());
    Result<void> filled = fill();
    Claim claim;
    claim.event = queues_.next();
    if (claim.event) {
        claim.number = ++last_claim_;
        claim.attempts = ledger_.attempts(*claim.event);
        try {
            // The only step here that needs memory. If there is none, the event goes back while the
            // lock is still held, and the next claim gets it (INV Q3).
            claims_[*claim.event] = claim.number;
        } catch (...) {
            queues_.give_back(*claim.event);
            throw;
        }
        return claim;
    }
    // Damage holds up only what lies after it.
    BATPAK_CHECK(std::move(filled));
    claim.wait_for = folded_;
    claim.given_back = given_back_.get_token();
    return claim;
}

Result<Delivery> GroupState::deliver(const Claim& claim) {
    try {
        return read(claim);
    } catch (...) {
        give_back(*claim.event, claim.number);
        throw;
    }
}

Result<Delivery> GroupState::read(const Claim& claim) {
    auto reader = std::make_unique<EventReader>(source_.side->pin(), source_.side);
    const Result<EventView> view = reader->read(*claim.event, ReadCheck::Frame);
    if (!view) {
        give_back(*claim.event, claim.number);
        const MutexLock lock(mutex_);
        note_damage(view.error());
        return fail(Error(view.error()));
    }
    return Delivery(shared_from_this(), HeldEvent(std::move(reader), *view), claim.number,
                    claim.attempts);
}

// False if it is over. Every move is an event, so whatever changes what can be claimed is one that
// becomes visible; but for an event that is given back.
Result<bool> GroupState::wait(const Claim& claim, TimePoint deadline,
                              const std::stop_token& stop) const {
    std::stop_source wake;
    const auto request = [&wake] { wake.request_stop(); };
    const std::stop_callback on_given_back(claim.given_back, request);
    const std::stop_callback on_stop(stop, request);
    BATPAK_TRY(const bool arrived,
               source_.side->wait_visible(claim.wait_for, deadline, wake.get_token()));
    if (arrived) return true;
    return !stop.stop_requested() && std::chrono::steady_clock::now() < deadline;
}

Result<void> GroupState::try_to_catch_up() noexcept {
    try {
        return catch_up();
    } catch (...) {
        return fail(error_of_exception());
    }
}

void GroupState::give_back(Sequence event, std::uint64_t claim) noexcept {
    if (!source_.side->is_usable()) return;  // it cannot be claimed any more
    std::stop_source wake(std::nostopstate);
    {
        const MutexLock lock(mutex_);
        // A batch of the user's may have settled it. If that cannot be read, the next claim tries.
        (void)try_to_catch_up();
        const auto found = claims_.find(event);
        if (found == claims_.end() || found->second != claim) return;
        claims_.erase(found);
        queues_.give_back(event);
        wake = given_back_;  // who claims next replaces it
    }
    wake.request_stop();
}

// ---- the group's stream

// All moves in the order of the log, from this handle or by a batch of the user's: this one
// function changes the ledger.
Result<void> GroupState::catch_up() {
    const Pin pin = source_.side->pin();
    if (pin.end <= folded_) return {};
    RangeState range(pin, source_.side, Region::entity(coordinate_.entity()).from(folded_),
                     QueryOptions{});
    while (const Result<EventView>* event = range.next()) {
        if (!*event) return fail(Error(event->error()));
        if ((*event)->kind() == GroupMoved::kind) {
            BATPAK_TRY(const GroupMoved moved, (*event)->as<GroupMoved>());
            take(moved);
        }
        folded_ = (*event)->sequence().next();
    }
    folded_ = pin.end;
    return {};
}

void GroupState::take(const GroupMoved& moved) {
    ++moves_;
    ledger_.apply(moved);
    claims_.erase(moved.event);
    if (damaged_ == moved.event) damaged_.reset();
    switch (moved.move) {
        case GroupMove::Acknowledged:
        case GroupMove::Parked:
            queues_.remove(moved.event);
            unqueued_.erase(moved.event);
            break;
        case GroupMove::Retried:
            if (queues_.is_out(moved.event)) queues_.give_back(moved.event);
            break;
        case GroupMove::Replayed:
            // What the cursor has not come to yet, it will find.
            if (moved.event < scanned_ && !queues_.contains(moved.event))
                unqueued_.insert(moved.event);
            break;
    }
    advance();
}

// Everything before the oldest event that waits or is out is settled; replayed ones stand in the
// ledger by themselves.
void GroupState::advance() {
    if (!cursor_) return;
    ledger_.advance(queues_.first_from(ledger_.low()).value_or(scanned_));
}

// ---- the region

// Two events of one lane are never out at the same time. That an entity may have the name of a tag
// makes two lanes one: that costs a worker its work, and no event its order.
std::string_view GroupState::lane_of(const EventView& event) const {
    if (options_.in_order_by_tag.empty()) return event.entity;
    for (const std::string_view tag : event.tags())
        if (tag.starts_with(options_.in_order_by_tag)) return tag;
    return event.entity;
}

Result<void> GroupState::fill() {
    damaged_.reset();
    BATPAK_CHECK(enqueue_passed());
    BATPAK_CHECK(enqueue_replayed());
    // What waits, is out, or is settled ahead of the rest takes memory until the oldest is settled:
    // so the window bounds all of it (INV Q6).
    while (queues_.size() + ledger_.settled().size() < options_.window_max) {
        const Result<std::optional<EventView>> event = cursor_->poll();
        if (!event) {
            BATPAK_CHECK(pass_damaged(event.error()));
        } else if (*event) {
            const Sequence sequence = (*event)->sequence();
            passed_ = sequence;
            if (!ledger_.is_settled(sequence) && !queues_.contains(sequence))
                queues_.add(sequence, lane_of(**event));
            passed_.reset();
        }
        scanned_ = cursor_->position().next;
        advance();
        if (event && !*event) break;
    }
    return {};
}

Result<void> GroupState::enqueue(Sequence sequence) {
    EventReader reader(source_.side->pin(), source_.side);
    const Result<EventView> event = reader.read(sequence, ReadCheck::Frame);
    if (!event) {
        note_damage(event.error());
        return fail(Error(event.error()));
    }
    queues_.add(sequence, lane_of(*event));
    return {};
}

// An event that the cursor has passed and that there was no memory for: the cursor will not come to
// it again.
Result<void> GroupState::enqueue_passed() {
    if (!passed_) return {};
    if (!ledger_.is_settled(*passed_)) BATPAK_CHECK(enqueue(*passed_));
    passed_.reset();
    scanned_ = cursor_->position().next;
    return {};
}

Result<void> GroupState::enqueue_replayed() {
    while (!unqueued_.empty()) {
        const Sequence sequence = *unqueued_.begin();
        BATPAK_CHECK(enqueue(sequence));
        unqueued_.erase(sequence);
    }
    return {};
}

// Goes on if the damaged event is parked, which only park_damaged() does.
Result<void> GroupState::pass_damaged(const Error& error) {
    if (is_damage(error) && error.sequence() && ledger_.is_settled(*error.sequence())) {
        return cursor_->skip_damaged();
    }
    note_damage(error);
    return fail(Error(error));
}

void GroupState::note_damage(const Error& error) {
    if (is_damage(error)) damaged_ = error.sequence();
}

// ---- moves

// No lock is held over the append, because it may wait for a disk. What was reserved for it (a
// place among the parked, a replay) is given back afterwards, whether it is in the log or not.
Result<void> GroupState::append(const GroupMoved& moved) {
    BATPAK_CHECK(source_.side->check_process());
    Result<std::vector<AppendReceipt>> receipts = caught([&] {
        BatchBuilder batch;
        store::SystemEvents::add(batch, coordinate_, moved, BatchItemOptions{});
        return source_.engine->append_batch(batch, batch_options());
    });
    const MutexLock lock(mutex_);
    // If it cannot be read back now, the next call will say so: it is in the log.
    if (receipts) (void)try_to_catch_up();
    if (moved.move == GroupMove::Parked) --parking_;
    if (moved.move == GroupMove::Replayed) replaying_.erase(moved.event);
    if (!receipts) return fail(std::move(receipts).error());
    return {};
}

BatchOptions GroupState::batch_options() const {
    BatchOptions options;
    options.durability = options_.durability;
    return options;
}

Result<void> GroupState::acknowledge(Sequence event) {
    return append({GroupMove::Acknowledged, event, 0, {}});
}

BatchItem GroupState::add_ack_to(BatchBuilder& batch, Sequence event) const {
    return store::SystemEvents::add(
        batch, coordinate_, GroupMoved{GroupMove::Acknowledged, event, 0, {}}, BatchItemOptions{});
}

Result<Retried> GroupState::retry(Sequence event, std::uint32_t attempts, std::string_view reason) {
    if (attempts > options_.retries_max) {
        BATPAK_CHECK(park(event, attempts, reason));
        return Retried::Parked;
    }
    BATPAK_CHECK(append({GroupMove::Retried, event, attempts, {}}));
    return Retried::Again;
}

Result<void> GroupState::park(Sequence event, std::uint32_t attempts, std::string_view reason) {
    BATPAK_CHECK(source_.side->check_process());
    {
        const MutexLock lock(mutex_);
        BATPAK_CHECK(catch_up());
        BATPAK_CHECK(reserve_parked());
    }
    return append({GroupMove::Parked, event, attempts, short_reason(reason)});
}

Result<void> GroupState::reserve_parked() {
    if (ledger_.parked().size() + parking_ >= options_.parked_max) {
        return fail(Error(ErrorCode::ParkedFull, "the group has " +
                                                     std::to_string(options_.parked_max) +
                                                     " parked events: replay and settle them first")
                        .at(coordinate_.entity()));
    }
    ++parking_;
    return {};
}

// ---- what is parked

Result<std::vector<ParkedEvent>> GroupState::parked() {
    BATPAK_CHECK(source_.side->check_process());
    const MutexLock lock(mutex_);
    BATPAK_CHECK(source_.side->check());
    BATPAK_CHECK(catch_up());
    std::vector<ParkedEvent> list;
    for (const auto& [event, parked] : ledger_.parked())
        list.push_back({event, parked.attempts, parked.reason});
    return list;
}

Result<void> GroupState::replay(Sequence event) {
    BATPAK_CHECK(source_.side->check_process());
    {
        const MutexLock lock(mutex_);
        BATPAK_CHECK(source_.side->check());
        BATPAK_CHECK(catch_up());
        if (!ledger_.parked().contains(event) || !replaying_.insert(event).second) {
            return fail(Error(ErrorCode::EventNotFound, "it is not parked, or being replayed")
                            .at(coordinate_.entity())
                            .at_sequence(event));
        }
    }
    return append({GroupMove::Replayed, event, 0, {}});
}

Result<void> GroupState::park_damaged() {
    BATPAK_CHECK(source_.side->check_process());
    GroupMoved moved{GroupMove::Parked, {}, 0, "it is damaged"};
    {
        const MutexLock lock(mutex_);
        BATPAK_CHECK(source_.side->check());
        BATPAK_CHECK(catch_up());
        if (!damaged_) {
            return fail(ErrorCode::InvalidArgument,
                        "the last claim() did not fail at a damaged event: there is none to park");
        }
        BATPAK_CHECK(reserve_parked());
        moved.event = *damaged_;
    }
    return append(moved);
}

Result<GroupStatus> GroupState::status() {
    BATPAK_CHECK(source_.side->check_process());
    const MutexLock lock(mutex_);
    BATPAK_CHECK(source_.side->check());
    BATPAK_CHECK(catch_up());
    return GroupStatus{.low = ledger_.low(),
                       .waiting = queues_.size() - queues_.out(),
                       .claimed = queues_.out(),
                       .settled_ahead = ledger_.settled().size(),
                       .parked = ledger_.parked().size()};
}

// ---- checkpoints

// A checkpoint only saves time at the next open. It is written by the caller that finds it due, and
// one at a time.
Result<void> GroupState::write_checkpoint_if_due() {
    GroupCheckpoint checkpoint;
    {
        const MutexLock lock(mutex_);
        if (moves_ < options_.checkpoint_every || is_writing_checkpoint_) return {};
        BATPAK_CHECK(catch_up());
        checkpoint = ledger_.checkpoint();
        checkpoint.folded = folded_;
        is_writing_checkpoint_ = true;
        moves_ = 0;
    }
    Result<void> written = caught([&] { return write(checkpoint); });
    const MutexLock lock(mutex_);
    is_writing_checkpoint_ = false;
    return written;
}

Result<void> GroupState::write(const GroupCheckpoint& checkpoint) const {
    GroupCheckpoint complete = checkpoint;
    complete.region = region_;
    BatchBuilder batch;
    store::SystemEvents::add(batch, coordinate_, complete, BatchItemOptions{});
    BATPAK_CHECK(source_.engine->append_batch(batch, batch_options()));
    return {};
}

}  // namespace batpak::delivery
