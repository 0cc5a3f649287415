// A cursor's place is three places, in this order:
//
//     committed_     what the log has as its position
//     delivered_     what was handed out since, and may be rewound
//     range_         how far the walk has looked: what it found nothing in is delivered too
//
// Beside a writer a correction may take back what the walk has seen. If nothing of that was
// delivered the walk begins again there; if something was, the cursor says so (INV D1).
#include "delivery/cursor/cursor_state.hpp"

#include <algorithm>
#include <utility>

#include "batpak/event/hash_chain.hpp"
#include "delivery/cursor/anchor.hpp"
#include "store/system_events.hpp"

namespace batpak::delivery {

using store::Pin;
using store::RangeState;

// ---- opening

Result<std::unique_ptr<CursorState>> CursorState::open(Source source, Region region, CursorId id,
                                                       const CursorOptions& options) {
    BATPAK_CHECK(source.side->check());
    BATPAK_CHECK(source.side->can_check(options.check));
    if (source.side->has_hashes() && !hashing_built_in()) {
        return fail(ErrorCode::Unsupported,
                    "the store has hashes, and this batpak was built without BLAKE3: cursors of "
                    "both must be able to hash");
    }
    if (id.text.empty() || id.text.size() > CursorId::kBytesMax) {
        return fail(ErrorCode::InvalidArgument, "a cursor's id has 1 to 1,000 bytes");
    }
    BATPAK_TRY(Coordinate coordinate, Coordinate::create(std::string(kCursorEntityPrefix) + id.text,
                                                         system_kinds::kSystemScope));
    std::unique_ptr<CursorState> state(new CursorState(
        std::move(source), std::move(region), std::move(id), options, std::move(coordinate)));
    BATPAK_CHECK(state->take_up(options));
    return state;
}

// A position that was kept elsewhere is proved, by its log and by its anchor. One in the log came
// there with the log.
Result<void> CursorState::take_up(const CursorOptions& options) {
    BATPAK_TRY(const std::optional<CursorPosition> stored, find_stored());
    is_stored_ = stored && options.stored == StoredPosition::Resume;
    if (is_stored_) {
        delivered_ = *stored;
    } else {
        BATPAK_TRY(delivered_, position_of(options.start));
    }
    BATPAK_CHECK(check_position(delivered_));
    const bool kept_elsewhere = !is_stored_ && options.start.kind() == CursorStart::At::Position;
    if (kept_elsewhere) {
        BATPAK_CHECK(check_anchor(delivered_));
        delivered_ = from_anchor(delivered_);
        delivered_.log_id = source_.side->log_id();
    } else {
        // A position in the log is as much of this history as the log.
        delivered_.anchor = anchor_before(delivered_.next);
    }
    committed_ = delivered_;
    delivered_end_ = delivered_.next;
    return {};
}

// Backwards, in one moment: what is after the position in its stream is known with it, so that a
// commit that this cursor has not seen makes its own fail.
Result<std::optional<CursorPosition>> CursorState::find_stored() {
    QueryOptions newest_first;
    newest_first.direction = Direction::Backward;
    RangeState range(source_.side->pin(), source_.side, Region::entity(coordinate_.entity()),
                     newest_first);
    while (const Result<EventView>* event = range.next()) {
        if (!*event) return fail(Error(event->error()));
        if (!head_) head_ = (*event)->version();
        if ((*event)->kind() != CursorMoved::kind) continue;
        BATPAK_TRY(CursorPosition position, stored_position(**event));
        return std::optional(std::move(position));
    }
    return std::optional<CursorPosition>();
}

// The event's checksum holds, so a contradiction was written by another program, or by a mistake in
// this one: it is refused with what to do about it.
Result<CursorPosition> CursorState::stored_position(const EventView& event) const {
    const auto damaged = [&](std::string detail) {
        return fail(Error(ErrorCode::DecodeFailed,
                          "the stored position of the cursor cannot be used: " + std::move(detail) +
                              ": begin elsewhere with StoredPosition::Replace")
                        .at(coordinate_.entity())
                        .at_sequence(event.sequence()));
    };
    const Result<CursorMoved> moved = event.as<CursorMoved>();
    if (!moved) return damaged(moved.error().detail());
    if (moved->begin > moved->next || moved->next > event.sequence() ||
        moved->matched > moved->next.value - moved->begin.value ||
        moved->skipped > moved->next.value - moved->begin.value) {
        return damaged("its numbers contradict each other");
    }
    return CursorPosition{.log_id = source_.side->log_id(),
                          .region = moved->region,
                          .begin = moved->begin,
                          .next = moved->next,
                          .matched = moved->matched,
                          .skipped = moved->skipped,
                          .digest = moved->digest,
                          .anchor = {}};
}

// "At the end" and "at a time" are sequences from here on: what is appended later does not move
// them.
Result<CursorPosition> CursorState::position_of(const CursorStart& start) const {
    const Pin pin = source_.side->pin();
    CursorPosition position{.log_id = source_.side->log_id(),
                            .region = digest_.of_region(region_, own_events_),
                            .begin = {},
                            .next = {},
                            .digest = {},
                            .anchor = {}};
    switch (start.kind()) {
        case CursorStart::At::Position: return start.position();
        case CursorStart::At::End: position.begin = pin.end; break;
        case CursorStart::At::Time: {
            store::EventReader reader(pin, source_.side);
            BATPAK_TRY(position.begin,
                       reader.find_time(start.number(), store::EventReader::Border::NotBefore));
            break;
        }
        case CursorStart::At::Event:
            position.begin = Sequence(static_cast<std::uint64_t>(start.number()));
            if (position.begin > pin.end) {
                return fail(Error(ErrorCode::InvalidArgument, "the store ends before it")
                                .at_sequence(position.begin));
            }
            break;
    }
    position.next = position.begin;
    return position;
}

Result<void> CursorState::check_position(const CursorPosition& position) const {
    const std::optional<Sequence> end = source_.side->common_end(position.log_id);
    if (!end) {
        return fail(Error(ErrorCode::ForeignPosition,
                          "the position is of another log: " + to_string(position.log_id))
                        .at(coordinate_.entity()));
    }
    if (position.region != digest_.of_region(region_, own_events_)) {
        return fail(Error(ErrorCode::ForeignPosition,
                          "the position is of a cursor over another region: choose another id, or "
                          "begin again with StoredPosition::Replace")
                        .at(coordinate_.entity()));
    }
    if (position.next <= *end) return {};  // (INV K2)
    const bool is_own = position.log_id == source_.side->log_id();
    return fail(Error(ErrorCode::RolledBack,
                      is_own ? "the position is after the end of the store: events that were "
                               "delivered are missing"
                             : "the store was restored from an older copy, and the position is "
                               "after the last event that was restored: begin again, or there")
                    .at(coordinate_.entity())
                    .at_sequence(is_own ? position.next : *end));
}

Result<void> CursorState::check_anchor(const CursorPosition& position) const {
    if (!position.anchor) return {};
    if (may_have(source_.side->pin(), source_.side, *position.anchor)) return {};
    return fail(Error(ErrorCode::RolledBack,
                      "the log has another event where the position's last one was: it was "
                      "restored from an older copy and went another way: begin again, or at the "
                      "place up to which both are the same")
                    .at(coordinate_.entity())
                    .at_sequence(position.anchor->sequence));
}

// In the same history there is nothing between the anchor and `next`; in one that left it behind
// the anchor there may be, and it was not delivered.
CursorPosition CursorState::from_anchor(CursorPosition position) noexcept {
    const bool has_delivered = position.matched > 0 || position.skipped > 0;
    if (position.anchor) {
        position.next = std::max(position.begin, position.anchor->sequence.next());
    } else if (!has_delivered) {
        position.next = position.begin;
    }
    return position;
}

std::optional<CursorPosition::Anchor> CursorState::anchor_before(Sequence end) const {
    if (end == Sequence(0)) return std::nullopt;
    return anchor_at(source_.side->pin(), source_.side, Sequence(end.value - 1));
}

// ---- the walk: what is visible, from the first place that was not delivered (INV D1, D5)

Result<const EventView*> CursorState::peek() {
    BATPAK_CHECK(source_.side->check());
    BATPAK_CHECK(follow_corrections());
    if (peeked_ != nullptr) return peeked_;
    try {
        BATPAK_TRY(peeked_, walk());
    } catch (...) {
        range_.reset();  // it may have stepped over what it could not read
        throw;
    }
    return peeked_;
}

// Only a reader beside a writer has corrections. The count is looked at before each step, which
// costs one load.
Result<void> CursorState::follow_corrections() {
    const store::Corrections& corrections = source_.side->corrections();
    const std::uint64_t count = corrections.count();
    if (count == corrections_) return {};
    const std::optional<Sequence> undone = corrections.since(corrections_);
    if (undone && *undone < delivered_end_) {
        return fail(Error(ErrorCode::RolledBack,
                          "an event that was delivered was taken back by the writer, which never "
                          "acknowledged it: begin again at a position before it")
                        .at(coordinate_.entity())
                        .at_sequence(*undone));
    }
    range_.reset();
    peeked_ = nullptr;
    damaged_.reset();
    if (undone) delivered_.next = std::min(delivered_.next, *undone);
    corrections_ = count;
    return {};
}

// It reads what the region's plan yields and nothing else (INV D5), within the end that was pinned.
// Where that is reached, the next round pins again.
Result<const EventView*> CursorState::walk() {
    for (;;) {
        if (!range_) {
            const Pin pin = source_.side->pin();
            if (pin.end <= delivered_.next) return nullptr;
            range_end_ = pin.end;
            QueryOptions options;
            options.check = check_;
            range_.emplace(pin, source_.side, region_.from(delivered_.next), options);
        }
        const Result<EventView>* const element = range_->next();
        if (element == nullptr) {
            // All of the region before this place is delivered.
            range_.reset();
            delivered_.next = range_end_;
        } else if (!*element) {
            return fail(note_failure(element->error()));
        } else if (!leaves_out(**element)) {
            return &**element;
        }
    }
}

void CursorState::deliver(const EventView& event) {
    BATPAK_ASSERT(event.sequence() >= delivered_.next);
    delivered_.digest = digest_.extended(delivered_.digest, event);
    delivered_.next = event.sequence().next();
    delivered_.anchor = {event.sequence(), event.event_id()};
    delivered_end_ = delivered_.next;
    ++delivered_.matched;
    damaged_.reset();
    peeked_ = nullptr;
}

Result<std::optional<EventView>> CursorState::poll() {
    BATPAK_TRY(const EventView* event, peek());
    if (event == nullptr) return std::optional<EventView>();
    deliver(*event);
    return std::optional(*event);
}

Result<std::vector<StoredEvent<Bytes>>> CursorState::poll_batch(std::size_t max) {
    const CursorPosition before = delivered_;
    try {
        return take_batch(max);
    } catch (...) {
        return_to(before);  // what was taken is not handed out
        throw;
    }
}

// An error after the first event is left for the next call: the events before it are handed out.
Result<std::vector<StoredEvent<Bytes>>> CursorState::take_batch(std::size_t max) {
    std::vector<StoredEvent<Bytes>> events;
    while (events.size() < max) {
        const Result<const EventView*> event = peek();
        if (event && *event == nullptr) break;
        auto stored = event ? (*event)->to_stored_or_erased()
                            : Result<StoredEvent<Bytes>>(fail(Error(event.error())));
        if (!stored && events.empty()) return fail(std::move(stored).error());
        if (!stored) break;  // what was delivered is handed out first
        events.push_back(*std::move(stored));
        deliver(**event);
    }
    return events;
}

Result<bool> CursorState::wait(std::chrono::steady_clock::time_point deadline,
                               const std::stop_token& stop) {
    for (;;) {
        BATPAK_TRY(const EventView* event, peek());
        if (event != nullptr) return true;
        // There is none before delivered_.next, which is where the last walk ended.
        BATPAK_TRY(const bool arrived, source_.side->wait_visible(delivered_.next, deadline, stop));
        if (!arrived) return false;
    }
}

// The walk begins again there: it knows only how to go forward.
void CursorState::return_to(const CursorPosition& position) {
    range_.reset();
    peeked_ = nullptr;
    damaged_.reset();
    delivered_ = position;
    delivered_end_ = position.next;
}

// ---- damage

// An event can be passed over if it is the event that is damaged, not the index that finds it.
Error CursorState::note_failure(Error error) {
    range_.reset();
    damaged_.reset();
    const bool of_event =
        error.code() == ErrorCode::CorruptFrame || error.code() == ErrorCode::CorruptHash;
    if (!of_event || !error.sequence()) return error;
    const Pin pin = source_.side->pin();
    if (*error.sequence() < delivered_.next || *error.sequence() >= pin.end) return error;
    const std::size_t run = pin.snapshot->run_of(*error.sequence());
    // Without an index nothing says which event comes next, so nothing can be passed over.
    if (pin.snapshot->runs[run]->index()) damaged_ = error.sequence();
    return error;
}

Result<void> CursorState::skip_damaged() {
    BATPAK_CHECK(source_.side->check());
    if (!damaged_) {
        return fail(ErrorCode::InvalidArgument,
                    "the cursor does not stand at a damaged event: there is nothing to skip");
    }
    delivered_.digest = digest_.extended_by_skip(delivered_.digest, *damaged_);
    delivered_.next = damaged_->next();
    delivered_.anchor = anchor_before(delivered_.next);
    delivered_end_ = delivered_.next;
    ++delivered_.skipped;
    damaged_.reset();
    return {};
}

// ---- the position in the log (INV D2)

Result<void> CursorState::commit() {
    BATPAK_CHECK(source_.side->check());
    if (!source_.engine) {
        return fail(ErrorCode::Unsupported,
                    "the store is open for reading only: keep position() elsewhere");
    }
    if (!has_news()) return {};
    BatchBuilder batch;
    const BatchItem item = add_commit_to(batch);
    BatchOptions options;
    options.durability = commit_durability_;
    BATPAK_TRY(const std::vector<AppendReceipt> receipts,
               source_.engine->append_batch(batch, options));
    committed(receipts[item.index]);
    return {};
}

// It expects the stream to be as this cursor left it, so of two cursors with one id the second one
// to commit fails (INV D2). What is offered becomes the position only in committed(), when the
// batch is in the log.
BatchItem CursorState::add_commit_to(BatchBuilder& batch, std::string idempotency_key) {
    BATPAK_ASSERT(source_.engine != nullptr);
    offered_ = delivered_;
    BatchItemOptions options;
    options.expect = head_ ? ExpectedVersion::exactly(*head_) : ExpectedVersion::none();
    options.idempotency_key = std::move(idempotency_key);
    return store::SystemEvents::add(batch, coordinate_,
                                    CursorMoved{.region = offered_->region,
                                                .begin = offered_->begin,
                                                .next = offered_->next,
                                                .matched = offered_->matched,
                                                .skipped = offered_->skipped,
                                                .digest = offered_->digest},
                                    std::move(options));
}

void CursorState::committed(const AppendReceipt& position) {
    BATPAK_ASSERT(offered_);
    head_ = position.version;
    committed_ = *std::exchange(offered_, std::nullopt);
    is_stored_ = true;
}

}  // namespace batpak::delivery
