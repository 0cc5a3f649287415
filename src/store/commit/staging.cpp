// From an append to frames, in this order, each step of which may end it:
//
//     its key is known        a replay: the receipts of the first use, nothing is staged (INV C2)
//     its conditions hold     on the log, and on what this group has staged so far (INV C1, G3)
//     for each event          its version is the expected one; then its place, time, id and hash
//                             (INV W2, W7, H1), and its frame, between a batch's marks (INV W5)
//
// Every step but the last only looks. What the last one changes, it has written down first: an
// append that fails halfway is taken back to the mark before it, and the group goes on without it.
#include "store/commit/staging.hpp"

#include <algorithm>

#include "base/exceptions.hpp"
#include "base/hash/crc32.hpp"
#include "batpak/event/detail/limits.hpp"
#include "batpak/event/metadata.hpp"
#include "event/kind_note.hpp"
#include "store/frame/event_shapes.hpp"
#include "store/frame/key_content.hpp"
#include "store/frame/limits.hpp"

namespace batpak::store {
namespace {

Error condition_conflict(Sequence first) {
    return Error(ErrorCode::ConditionConflict,
                 "an event that the condition forbids was appended: read on from there and decide "
                 "again")
        .at_sequence(first);
}

// The log was seen further than it goes: a number that is wrong, or of a log that was longer.
Error condition_beyond_end(Sequence seen_end) {
    return Error(ErrorCode::InvalidArgument,
                 "the condition says that all events before this one were seen, and the log ends "
                 "earlier: give it the store's visible_end(), as it was before the first read")
        .at_sequence(seen_end);
}

Error judged_beyond_end(Sequence seen_end) {
    return Error(ErrorCode::RolledBack,
                 "gates judged events that the log does not have: judge it again")
        .at_sequence(seen_end);
}

// The same finding about what gates decided on (INV G3). Other errors stay what they are.
Error outdated(Error error) {
    if (error.code() != ErrorCode::ConditionConflict) return error;
    return Error(ErrorCode::DecisionOutdated,
                 "an event was appended to the region that the gates judged: judge it again")
        .at_sequence(*error.sequence());
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
    // That the generator can go on after this id was checked by the open (Engine::take_up_log).
    if (start.last_id.is_nil()) return;
    const bool resumed = ids_.resume_after(start.last_id);
    BATPAK_ASSERT(resumed);
}

void Staging::begin(const StagingTarget& target) {
    BATPAK_ASSERT(next_ == kept_next_);
    target_ = target;
    frames_.clear();
    events_.clear();
    tags_.clear();
    replays_.clear();
    notings_.clear();
}

Staging::Mark Staging::mark() const noexcept {
    return {events_.size(),  tags_.size(),    frames_.size(), heads_.changes(),
            replays_.size(), notings_.size(), next_,          hlc_};
}

void Staging::return_to(const Mark& mark) noexcept {
    BATPAK_ASSERT(mark.events <= events_.size() && mark.replays <= replays_.size());
    BATPAK_ASSERT(mark.next <= next_ && mark.next >= kept_next_);
    events_.resize(mark.events);
    tags_.resize(mark.tags);
    frames_.truncate(mark.frame_bytes);
    heads_.take_back_to(mark.head_changes);
    replays_.erase(replays_.begin() + static_cast<std::ptrdiff_t>(mark.replays), replays_.end());
    forget_notings(mark.notings);
    next_ = mark.next;
    hlc_ = mark.hlc;
}

void Staging::forget_notings(std::size_t from) noexcept {
    for (; notings_.size() > from; notings_.pop_back()) notings_.back()->take_back();
}

Result<Staging::Origin> Staging::stage(AppendEvents& append) noexcept {
    BATPAK_ASSERT(!append.events.empty());
    const Mark before = mark();
    Result<Origin> origin = caught([&] { return judge_and_stage(append); });
    if (!origin) return_to(before);
    return origin;
}

Result<Staging::Origin> Staging::judge_and_stage(AppendEvents& append) {
    const std::size_t replays = replays_.size();
    BATPAK_TRY(const bool replay, is_replay(append));
    if (replay) return replays_.size() == replays ? Origin::Log : Origin::Group;
    if (append.condition != nullptr) {
        if (auto error = check_condition(*append.condition)) return fail(*std::move(error));
    }
    for (const AppendCondition& judged : append.judged) {
        if (!was_visible(judged.seen_end)) return fail(judged_beyond_end(judged.seen_end));
        if (auto error = check_condition(judged)) return fail(outdated(*std::move(error)));
    }
    if (auto error = stage_events(append)) return fail(*std::move(error));
    return Origin::Group;
}

// ---- idempotency

Sequence Staging::oldest_key() const noexcept {
    return store::oldest_key(next_, idempotency_retention_);
}

// An append has either no key at all, or one for its first event: Preparation refuses a mixture.
Result<bool> Staging::is_replay(AppendEvents& append) {
    if (append.events[0].idempotency_key.empty()) return false;
    const Mark before = mark();
    Result<bool> replay =  // moved to the caller: a copy might find no memory
        append.form == AppendForm::KeyedBatch ? is_replay_as_a_whole(append)
                                              : is_replay_by_each_key(append);
    if (replay && *replay) return true;
    return_to(before);
    return replay;
}

Result<bool> Staging::is_replay_as_a_whole(AppendEvents& append) {
    BATPAK_TRY(const std::optional<KeyUse> use, find_use(append.events[0].idempotency_key));
    if (!use) return false;
    if (use->events != append.events.size()) return fail(key_conflict(append, 0, *use));
    for (std::uint32_t i = 0; i < append.events.size(); ++i)
        BATPAK_CHECK(replay(append, i, *use, i));
    return true;
}

// Every event has a key of its own: all are known, or none is.
Result<bool> Staging::is_replay_by_each_key(AppendEvents& append) {
    std::uint32_t known = 0;
    std::optional<KeyUse> last;
    for (std::uint32_t i = 0; i < append.events.size(); ++i) {
        BATPAK_TRY(const std::optional<KeyUse> use, find_use(append.events[i].idempotency_key));
        if (!use) continue;
        if (use->events != 1) return fail(key_conflict(append, i, *use));
        BATPAK_CHECK(replay(append, i, *use, 0));
        last = use;
        ++known;
    }
    if (known == 0) return false;
    if (known == append.events.size()) return true;
    return fail(Error(ErrorCode::KeyConflict,
                      "some keys of the batch were used before and some were not: retry the batch "
                      "as it was, or use new keys")
                    .at_sequence(last->sequence));
}

// The latest use that still counts. It may be in this very group, not yet in any index. Backwards,
// to meet the latest use first. Each key is compared with every event of the group, which
// kGroupBytesMax keeps short.
Result<std::optional<Staging::KeyUse>> Staging::find_use(std::string_view key) {
    for (std::size_t at = events_.size(); at-- > 0;) {
        const PreparedEvent& event = *events_[at].event;
        if (event.idempotency_key != key) continue;
        if (event.receipt.sequence < oldest_key()) return std::optional<KeyUse>();
        return std::optional(KeyUse{event.receipt.sequence, events_[at].key_events, at});
    }
    BATPAK_TRY(const std::optional<EventView> first, past_.find_key(key, oldest_key()));
    if (!first) return std::optional<KeyUse>();
    KeyUse use{.sequence = first->sequence(), .events = 1, .staged = std::nullopt};
    if (first->batch_index == 0 && first->batch_count > 1) {
        // A key stands for the batch if the items after the first have none.
        const std::uint32_t count = first->batch_count;
        BATPAK_TRY(const EventView second, past_.at(use.sequence.next()));
        if (Metadata::idempotency_key(second.metadata_bytes).empty()) use.events = count;
    }
    return std::optional(use);
}

// Answers an event with the receipt of the one that was the `offset`-th of the key's use.
Result<void> Staging::replay(AppendEvents& append, std::uint32_t index, const KeyUse& use,
                             std::uint32_t offset) {
    PreparedEvent& event = append.events[index];
    if (use.staged) {
        const std::size_t first = *use.staged + offset;
        if (!is_same_content(event.fields, events_[first].event->fields))
            return fail(key_conflict(append, index, use));
        replays_.push_back({&event, first});
        return {};
    }
    BATPAK_TRY(const EventView stored, past_.at(use.sequence.plus(offset)));
    if (!is_same_content(event.fields, fields_of(stored)))
        return fail(key_conflict(append, index, use));
    event.receipt = replayed_receipt(stored);
    return {};
}

Error Staging::key_conflict(const AppendEvents& append, std::uint32_t index,
                            const KeyUse& use) const {
    const std::size_t keyed = append.form == AppendForm::KeyedBatch ? 0 : index;
    Error error = store::key_conflict(append.events[keyed].idempotency_key, use.sequence);
    return append.is_batch() ? std::move(error).at_item(index) : std::move(error);
}

// ---- conditions

// What is in the log comes before what is in the group, and both are in order: the first match has
// the lowest sequence.
std::optional<Error> Staging::check_condition(const AppendCondition& condition) {
    if (!was_visible(condition.seen_end)) return condition_beyond_end(condition.seen_end);
    const auto first = past_.first_match(condition);
    if (!first) return first.error();
    if (*first) return condition_conflict(**first);
    for (const StagedEvent& staged : events_) {
        const PreparedEvent& event = *staged.event;
        if (event.place.sequence < condition.seen_end) continue;
        const EventView view = view_of(event.fields, event.place, event.receipt.hash);
        if (condition.none_match.contains(view.facts()))
            return condition_conflict(event.place.sequence);
    }
    return std::nullopt;
}

// ---- placing and linking

// A batch of one has no marks. All it could say, that it is whole, its frame's checksum says.
std::optional<Error> Staging::stage_events(AppendEvents& append) {
    const auto count = static_cast<std::uint32_t>(append.events.size());
    const Sequence first = next_;
    const Sequence durable_end = target_.durable_end;
    if (count > 1) append_batch_begin(frames_, target_.salt, offset(), first, durable_end, count);
    const std::size_t items_at = frames_.size();
    for (std::uint32_t i = 0; i < count; ++i) {
        prefetch_heads(append, i);
        if (auto error = stage_event(append, i)) return error;
    }
    BATPAK_ASSERT(next_ == first.plus(count));  // dense, also inside a batch (INV W2)
    if (count > 1) {
        const std::uint32_t checksum = crc32(frames_.view().subspan(items_at));
        append_batch_commit(frames_, target_.salt, offset(), first, durable_end, count, checksum);
    }
    return std::nullopt;
}

// Where the heads of later events are, and the heads of those that come soon.
void Staging::prefetch_heads(const AppendEvents& append, std::size_t index) const noexcept {
    const std::size_t soon = index + kPrefetchEvents;
    const std::size_t later = soon + kPrefetchEvents;
    if (soon < append.events.size()) heads_.prefetch_head(append.events[soon].entity_hash);
    if (later < append.events.size()) heads_.prefetch_place(append.events[later].entity_hash);
}

std::optional<Error> Staging::stage_event(AppendEvents& append, std::uint32_t index) {
    PreparedEvent& event = append.events[index];
    const auto count = static_cast<std::uint32_t>(append.events.size());
    const Result<Head*> head = heads_.find(event.fields.entity, event.entity_hash);
    if (!head) return head.error();
    if (!event.expect.holds((*head)->count)) {
        const std::uint64_t found = (*head)->count;
        Error error =
            Error(ErrorCode::VersionConflict,
                  found == 0 ? "the stream has no events"
                             : "the stream's latest version is " + std::to_string(found - 1))
                .at(std::string(event.fields.entity));
        return append.is_batch() ? std::move(error).at_item(index) : std::move(error);
    }
    if (event.noting != nullptr) note_kind(event);
    if (event.caused_by) settle_cause(append, event);
    target_.index->prefetch_entity((*head)->mark);
    // From here on this event cannot be refused. What changes below, return_to() undoes if memory
    // runs out; but an id that was drawn and not used is skipped (INV W7).
    event.place.batch_index = index;
    event.place.batch_count = count;
    const auto tags_begin = static_cast<std::uint32_t>(tags_.size());
    if (event.tags_bytes != 0) hash_tags(event);
    link(event, **head);
    for (std::size_t tag = tags_begin; tag < tags_.size(); ++tag)
        target_.index->prefetch_list(tags_[tag]);
    heads_.advance(**head, event.receipt.hash);
    const FramePlace frame{.place = event.place,
                           .durable_end = target_.durable_end,
                           .timestamp_us = event.fields.timestamp_us,
                           .hash = target_.has_hashes ? &event.receipt.hash : nullptr};
    const bool for_all = append.form == AppendForm::KeyedBatch && index == 0;
    events_.push_back({&event, static_cast<std::uint32_t>(offset()), for_all ? count : 1,
                       &(*head)->mark, tags_begin, static_cast<std::uint32_t>(tags_.size())});
    append_event_frame(frames_, target_.salt, offset(), frame, event.content);
    target_.index->prefetch_list_end((*head)->mark);
    return std::nullopt;
}

// As the index will look for them. Where that is in its tables is on the way from memory while the
// event is placed and linked, and what stands there while its frame is made.
void Staging::hash_tags(const PreparedEvent& event) {
    for (const std::string_view tag : TagsView(event.tags())) {
        tags_.push_back(target_.index->hashed(tag));
        target_.index->prefetch_place(tags_.back());
    }
}

// Of the events that were prepared before the log knew their kind, the first one tells it (INV
// C3): its content is made again, with the note. One whose metadata has no room for that leaves it
// to the next.
void Staging::note_kind(PreparedEvent& event) {
    KindNoting& noting = *event.noting;
    if (noting.is_staged()) return;
    const std::size_t entry_bytes = noting.entry().size() + kKindEntryHeadBytesMax;
    if (event.metadata_bytes + entry_bytes > limits::kMetadataReadBytesMax) return;
    Buffer metadata;
    Metadata::add_reserved(metadata, event.fields.metadata, {Metadata::kKind, noting.entry()});
    auto content = std::make_unique<Buffer>();
    EventFields fields = event.fields;
    fields.metadata = metadata.view();
    const std::size_t payload_bytes = fields.payload.size();
    const ContentPlaces places =
        encode_content(*content, fields, target_.has_hashes ? &event.blind : nullptr);
    event.causation_at = places.causation;
    notings_.push_back(&noting);
    noting.stage();
    event.metadata_bytes = metadata.size();
    event.noted_content = std::move(content);
    event.content = {event.noted_content->data(), event.noted_content->size()};
    fields.payload = event.content.last(payload_bytes);
    fields.metadata = event.content.subspan(places.metadata, event.metadata_bytes);
    event.put_tags(fields.metadata, Metadata::reserved(fields.metadata, Metadata::kTags));
    event.fields = fields;
    if (target_.has_hashes && !event.caused_by)
        event.content_hash = content_hash(target_.log_id, event.fields, event.payload_commitment);
}

// The cause has an id by now, so the content can be completed and hashed.
void Staging::settle_cause(const AppendEvents& append, PreparedEvent& event) const {
    BATPAK_ASSERT(*event.caused_by < append.events.size());
    const EventId cause = append.events[*event.caused_by].receipt.event_id;
    replace_causation(event.content, event.causation_at, cause);
    event.fields.causation_id = cause;
    if (target_.has_hashes)
        event.content_hash = content_hash(target_.log_id, event.fields, event.payload_commitment);
}

// Gives the event its number, its time, its id and its hash.
void Staging::link(PreparedEvent& event, const Head& head) {
    EventPlace& place = event.place;
    hlc_ = hlc_.after(event.fields.timestamp_us);
    BATPAK_ASSERT(hlc_.us >= 0);  // a reader refuses other times
    place.sequence = next_;
    place.version = Version(head.count);
    place.hlc = hlc_;
    place.event_id = ids_.next(event.fields.timestamp_us);
    next_ = next_.next();
    event.receipt = {.event_id = place.event_id,
                     .sequence = place.sequence,
                     .version = place.version,
                     .hlc = place.hlc,
                     .hash = {}};
    if (target_.has_hashes)
        event.receipt.hash = event_hash(place, event.content_hash, head.last_hash);
}

// ---- the end of a group

void Staging::keep(Durability durability) noexcept {
    heads_.keep();
    kept_next_ = next_;
    for (KindNoting* const noting : notings_) noting->keep();
    notings_.clear();
    for (const StagedEvent& staged : events_) staged.event->receipt.durability = durability;
    for (const Replay& replay : replays_) {
        BATPAK_ASSERT(replay.first < events_.size());
        replay.event->receipt = events_[replay.first].event->receipt;
        replay.event->receipt.replayed = true;
    }
}

// The clock stays where it is, as the ids do: what was given out and taken back is skipped, so that
// times grow whatever becomes of a group (INV W7).
void Staging::take_back() noexcept {
    BATPAK_ASSERT(kept_next_ <= next_);
    heads_.take_back();
    next_ = kept_next_;
    forget_notings(0);
    events_.clear();
    tags_.clear();
    frames_.clear();
    replays_.clear();
}

}  // namespace batpak::store
