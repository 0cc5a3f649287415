#include "store/staging.hpp"

#include <algorithm>

#include "base/crc32.hpp"
#include "store/limits.hpp"

namespace batpak::store {
namespace {

Error key_conflict(Sequence sequence, std::string detail) {
    return Error(ErrorCode::KeyConflict, std::move(detail)).at_sequence(sequence);
}

Error used_for_other(Sequence sequence) {
    return key_conflict(sequence,
                        "the idempotency key was used for another event: use a new key for "
                        "new content");
}

// What a key binds: who, where, what. Times and ids differ between a first try and a retry.
bool same_content(const PreparedEvent& event, std::string_view entity, std::string_view scope,
                  EventKind kind, std::uint16_t payload_version, BytesView payload) {
    return event.hashed.entity == entity && event.hashed.scope == scope &&
           event.hashed.kind == kind && event.hashed.payload_version == payload_version &&
           equal_bytes(event.payload(), payload);
}

bool same_content(const PreparedEvent& event, const EventView& stored) {
    return same_content(event, stored.entity, stored.scope, stored.header.kind,
                        stored.header.payload_version, stored.payload);
}

bool same_content(const PreparedEvent& event, const PreparedEvent& other) {
    return same_content(event, other.hashed.entity, other.hashed.scope, other.hashed.kind,
                        other.hashed.payload_version, other.payload());
}

AppendReceipt replayed_receipt(const EventView& stored) {
    return {.event_id = stored.event_id(),
            .sequence = stored.sequence(),
            .version = stored.version(),
            .hlc = stored.position.hlc,
            .hash = stored.hash,
            .durability = stored.durable ? Durability::Durable : Durability::Buffered,
            .replayed = true};
}

EventFacts facts_of(const PreparedEvent& event) {
    const bool own_story = event.hashed.correlation_id.is_nil();
    return {.entity = event.hashed.entity,
            .scope = event.hashed.scope,
            .kind = event.hashed.kind,
            .version = event.receipt.version,
            .sequence = event.receipt.sequence,
            .time_us = event.receipt.hlc.us,
            .correlation_id = own_story ? event.receipt.event_id : event.hashed.correlation_id};
}

Error condition_conflict(Sequence first) {
    return Error(ErrorCode::ConditionConflict,
                 "an event that the condition forbids was appended: read on from there and decide "
                 "anew")
        .at_sequence(first);
}

}  // namespace

Staging::Staging(std::shared_ptr<ReadSide> side, Entropy& entropy,
                 std::uint64_t idempotency_retention, const Start& start)
    : past_(side),
      heads_(side->key_hash(), [this](std::string_view entity) { return past_.head(entity); }),
      ids_(entropy),
      idempotency_retention_(idempotency_retention),
      next_(start.next),
      kept_next_(start.next),
      hlc_(start.hlc) {
    if (start.last_id.is_nil()) return;
    const bool resumed = ids_.resume_after(start.last_id);
    BATPAK_ASSERT(resumed);
}

void Staging::begin(const StagingTarget& target) {
    BATPAK_ASSERT(next_ == kept_next_);
    target_ = target;
    frames_.clear();
    events_.clear();
    replays_.clear();
}

Staging::Mark Staging::mark() const noexcept {
    return {events_.size(), frames_.size(), heads_.changes(), next_, hlc_};
}

void Staging::return_to(const Mark& mark) noexcept {
    events_.resize(mark.events);
    frames_.truncate(mark.frame_bytes);
    heads_.take_back_to(mark.head_changes);
    next_ = mark.next;
    hlc_ = mark.hlc;
}

std::optional<Error> Staging::stage(CommitItem& item) {
    BATPAK_ASSERT(!item.events.empty());
    const Result<bool> replay = is_replay(item);
    if (!replay) return replay.error();
    if (*replay) return std::nullopt;
    if (item.condition != nullptr) {
        if (auto error = check_condition(*item.condition)) return error;
    }
    const Mark before = mark();
    std::optional<Error> error = stage_events(item);
    if (error) return_to(before);
    return error;
}

// ---- idempotency

Sequence Staging::oldest_key() const noexcept {
    return Sequence(next_.value > idempotency_retention_ ? next_.value - idempotency_retention_
                                                         : 0);
}

Result<bool> Staging::is_replay(CommitItem& item) {
    if (item.events[0].idempotency_key.empty()) return false;
    BATPAK_TRY(const bool staged, is_replay_of_staged(item));
    if (staged) return true;
    if (item.keyed_as_a_whole || item.events.size() == 1) return is_replay_as_a_whole(item);
    return is_replay_by_each_key(item);
}

// The first try may be in this very group, not yet in any index.
Result<bool> Staging::is_replay_of_staged(CommitItem& item) {
    const std::string_view key = item.events[0].idempotency_key;
    const auto first = std::ranges::find_if(
        events_, [&](const StagedEvent& staged) { return staged.event->idempotency_key == key; });
    if (first == events_.end()) return false;
    const auto at = static_cast<std::size_t>(first - events_.begin());
    const Sequence sequence = first->event->receipt.sequence;
    for (std::size_t i = 0; i < item.events.size(); ++i) {
        const PreparedEvent* other = at + i < events_.size() ? events_[at + i].event : nullptr;
        const bool same = other != nullptr && same_content(item.events[i], *other) &&
                          item.events[i].idempotency_key == other->idempotency_key;
        if (!same) return fail(used_for_other(sequence));
    }
    replays_.push_back({&item, at});
    return true;
}

// The key of the first event is that of the item, be it one event or a batch.
Result<bool> Staging::is_replay_as_a_whole(CommitItem& item) {
    const std::string_view key = item.events[0].idempotency_key;
    BATPAK_TRY(const std::optional<EventView> first, past_.find_key(key, oldest_key()));
    if (!first) return false;
    const Sequence sequence = first->sequence();
    const bool same_shape = first->batch_index == 0 && first->batch_count == item.events.size();
    if (!same_shape) return fail(used_for_other(sequence));
    for (std::size_t i = 0; i < item.events.size(); ++i) {
        BATPAK_TRY(const EventView stored, past_.at(sequence.plus(i)));
        if (!same_content(item.events[i], stored)) return fail(used_for_other(sequence));
        item.events[i].receipt = replayed_receipt(stored);
    }
    item.answered_from_log = true;
    return true;
}

// Every event of the batch has a key of its own: all are known, or none is.
Result<bool> Staging::is_replay_by_each_key(CommitItem& item) {
    std::size_t known = 0;
    std::optional<Sequence> last_known;
    for (PreparedEvent& event : item.events) {
        BATPAK_TRY(const std::optional<EventView> stored,
                   past_.find_key(event.idempotency_key, oldest_key()));
        if (!stored) continue;
        if (!same_content(event, *stored)) return fail(used_for_other(stored->sequence()));
        event.receipt = replayed_receipt(*stored);
        last_known = stored->sequence();
        ++known;
    }
    if (known == 0) return false;
    item.answered_from_log = known == item.events.size();
    if (item.answered_from_log) return true;
    return fail(key_conflict(*last_known,
                             "some keys of the batch were used before and some were not: "
                             "retry the batch as it was, or use new keys"));
}

// ---- conditions

std::optional<Error> Staging::check_condition(const AppendCondition& condition) {
    const auto first = past_.first_match(condition);
    if (!first) return first.error();
    if (*first) return condition_conflict(**first);
    for (const StagedEvent& staged : events_) {
        const Sequence sequence = staged.event->receipt.sequence;
        const bool counts = !condition.after || sequence > *condition.after;
        if (counts && condition.none_match.contains(facts_of(*staged.event))) {
            return condition_conflict(sequence);
        }
    }
    return std::nullopt;
}

// ---- placing and linking

std::optional<Error> Staging::stage_events(CommitItem& item) {
    const auto count = static_cast<std::uint32_t>(item.events.size());
    const Sequence first = next_;
    const Sequence durable_end = target_.durable_end;
    if (count > 1) append_batch_begin(frames_, target_.salt, offset(), first, durable_end, count);
    const std::size_t items_at = frames_.size();
    for (std::uint32_t i = 0; i < count; ++i) {
        if (auto error = stage_event(item, i, first)) return error;
    }
    if (count > 1) {
        const std::uint32_t checksum = crc32(frames_.view().subspan(items_at));
        append_batch_commit(frames_, target_.salt, offset(), first, durable_end, count, checksum);
    }
    return std::nullopt;
}

std::optional<Error> Staging::stage_event(CommitItem& item, std::uint32_t index,
                                          Sequence batch_first) {
    PreparedEvent& event = item.events[index];
    const auto count = static_cast<std::uint32_t>(item.events.size());
    const Result<Head*> head = heads_.find(event.hashed.entity);
    if (!head) return head.error();
    if (!event.expect.holds((*head)->count)) {
        const std::uint64_t found = (*head)->count;
        Error error =
            Error(ErrorCode::VersionConflict,
                  found == 0 ? "the stream has no events"
                             : "the stream's latest version is " + std::to_string(found - 1))
                .at(std::string(event.hashed.entity));
        return count > 1 ? std::move(error).at_item(index) : std::move(error);
    }
    if (event.caused_by) settle_cause(item, event);
    link(event, **head, batch_first, index, count);
    heads_.advance(**head, event.receipt.hash);
    const EventPlace place{.sequence = event.receipt.sequence,
                           .durable_end = target_.durable_end,
                           .version = event.receipt.version,
                           .hlc = event.receipt.hlc,
                           .timestamp_us = event.hashed.timestamp_us,
                           .batch_index = index,
                           .batch_count = count,
                           .event_id = event.receipt.event_id,
                           .hash = target_.has_hashes ? &event.receipt.hash : nullptr};
    events_.push_back({&event, static_cast<std::uint32_t>(offset())});
    append_event_frame(frames_, target_.salt, offset(), place, event.content.view());
    return std::nullopt;
}

// The cause has an id by now, so the content can be completed and hashed.
void Staging::settle_cause(const CommitItem& item, PreparedEvent& event) const {
    const EventId cause = item.events[*event.caused_by].receipt.event_id;
    replace_causation(event.content, event.causation_at, cause);
    event.hashed.causation_id = cause;
    if (target_.has_hashes) event.content_hash = content_hash(event.hashed);
}

// Gives the event its place, its time, its id and its hash.
void Staging::link(PreparedEvent& event, const Head& head, Sequence batch_first,
                   std::uint32_t index, std::uint32_t count) {
    hlc_ = hlc_.after(event.hashed.timestamp_us);
    event.receipt = {.event_id = ids_.next(event.hashed.timestamp_us),
                     .sequence = next_,
                     .version = Version(head.count),
                     .hlc = hlc_,
                     .hash = {}};
    next_ = next_.next();
    if (!target_.has_hashes) return;
    event.receipt.hash = event_hash({.sequence = event.receipt.sequence,
                                     .version = event.receipt.version,
                                     .hlc = event.receipt.hlc,
                                     .batch_first = batch_first,
                                     .batch_index = index,
                                     .batch_count = count,
                                     .event_id = event.receipt.event_id,
                                     .content_hash = event.content_hash,
                                     .previous_hash = head.last_hash});
}

// ---- the end of a group

void Staging::keep(Durability durability) noexcept {
    heads_.keep();
    kept_next_ = next_;
    for (const StagedEvent& staged : events_) staged.event->receipt.durability = durability;
    for (const Replay& replay : replays_) {
        for (std::size_t i = 0; i < replay.item->events.size(); ++i) {
            replay.item->events[i].receipt = events_[replay.first + i].event->receipt;
            replay.item->events[i].receipt.replayed = true;
        }
    }
}

void Staging::take_back() noexcept {
    heads_.take_back();
    next_ = kept_next_;
    events_.clear();
    frames_.clear();
    replays_.clear();
}

}  // namespace batpak::store
