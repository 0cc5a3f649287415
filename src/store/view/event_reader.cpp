// From a place to an event that is proved:
//
//     run and ordinal -> the index says where its frame is -> the frame's checksum (INV I4)
//       -> it is an event, and has this very sequence -> beside a writer: and this very id (INV I7)
//       -> if asked: its hash, with that of its stream's event before it (INV H1)
//
// The index is only asked where to look. Whatever it answers, what is handed out is proved by the
// frame; a wrong answer is an error for that event, and never another event in its place.
#include "store/view/event_reader.hpp"

#include <algorithm>

#include "batpak/base/assert.hpp"
#include "batpak/event/hash_chain.hpp"
#include "batpak/event/metadata.hpp"
#include "event/kind_note.hpp"
#include "store/index/damaged_index.hpp"
#include "store/view/verification.hpp"

namespace batpak::store {

namespace {

std::optional<std::uint32_t> last_below(std::span<const std::uint32_t> ordinals,
                                        std::uint32_t end) {
    const auto behind = std::ranges::lower_bound(ordinals, end);
    if (behind == ordinals.begin()) return std::nullopt;
    return *(behind - 1);
}

// Which posting of a stream has the version; nothing if none is known to. Without damage versions
// are dense, and a version less the first one is the position.
std::optional<std::uint32_t> position_of(const Index& index, KeyEntry& entry, Version version) {
    const std::uint32_t count = entry.postings.count();
    const DamagedIndex* const damage = index.damage();
    if (damage == nullptr) {
        const std::uint64_t position = version.value - entry.first_version.value;
        if (position >= count) return std::nullopt;
        return static_cast<std::uint32_t>(position);
    }
    // Versions grow along the stream, and some are missing.
    std::uint32_t low = 0;
    std::uint32_t high = count;
    while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        if (damage->version_at(entry.postings.at(middle)) < version) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == count || damage->version_at(entry.postings.at(low)) != version) return std::nullopt;
    return low;
}

// What an index knows of a version of a stream.
struct VersionInRun {
    bool is_later = false;  // than the index tells of: earlier runs may have it
    std::uint32_t ordinal = UINT32_MAX;
};

VersionInRun version_in(const Index& index, std::string_view entity, Version version) {
    std::optional<KeyEntry> entry = index.find(Axis::Entity, entity);
    if (!entry || version < entry->first_version) return {.is_later = true};
    const auto position = position_of(index, *entry, version);
    if (!position) return {};
    return {.ordinal = entry->postings.at(*position)};
}

// What the frame of an erased event says, of one that still has its payload (INV K5).
void erase_payload(EventView& event) noexcept {
    if (event.erased) return;
    event.erased = true;
    event.erased_bytes = static_cast<std::uint32_t>(event.payload.size());
    event.payload = {};
}

// The last posting below `count` that an index has of a key. Postings may be of events that were
// appended after the pin: they are after the end, and do not count (INV I5).
std::optional<std::uint32_t> last_of(const Index& index, Axis axis, std::string_view key,
                                     std::uint32_t count) {
    std::optional<KeyEntry> entry = index.find(axis, key);
    const std::uint32_t visible = entry ? entry->postings.lower_bound(count) : 0;
    if (visible == 0) return std::nullopt;
    return entry->postings.at(visible - 1);
}

}  // namespace

// A run that is, or just was, appended to does not know its end: where the next one begins says it.
std::uint32_t EventReader::run_count(std::size_t run) const noexcept {
    const auto& runs = pin_.snapshot->runs;
    const Sequence end =
        run + 1 < runs.size() ? std::min(runs[run + 1]->first(), pin_.end) : pin_.end;
    const Sequence first = runs[run]->first();
    // A segment is of less than 2^32 bytes, and has fewer events.
    BATPAK_ASSERT(end <= first || end.value - first.value <= UINT32_MAX);
    return end > first ? static_cast<std::uint32_t>(end.value - first.value) : 0;
}

RunOrdinal EventReader::place_of(Sequence sequence) const {
    BATPAK_ASSERT(sequence < pin_.end);
    const std::size_t run = pin_.snapshot->run_of(sequence);
    const Sequence first = pin_.snapshot->runs[run]->first();
    BATPAK_ASSERT(sequence >= first);
    return {run, static_cast<std::uint32_t>(sequence.value - first.value)};
}

Result<EventView> EventReader::read(Sequence sequence, ReadCheck check) {
    return read(place_of(sequence), check);
}

Result<EventView> EventReader::read(const RunOrdinal& place, ReadCheck check) {
    Result<EventView> event;  // made where it is handed out
    read_into(place, check, event);
    return event;
}

void EventReader::read_into(const RunOrdinal& place, ReadCheck check, Result<EventView>& into) {
    Result<BytesView> body = body_at(place);
    if (!body) {
        into = fail(std::move(body).error());
        return;
    }
    if (!into) into.emplace();
    EventView& event = *into;
    const Sequence sequence = entered_->log->first.plus(place.ordinal);
    // The checksum binds the frame to its offset, and the sequence binds it to the question: so an
    // index that points at another event of the segment is found out.
    if (!decode_event(*body, event) || event.sequence() != sequence) {
        into = fail(foreign(place.ordinal));
        return;
    }
    if (follows_) {
        const Result<bool> other = is_replaced(event, place);
        if (!other || *other) {
            into = fail(other ? replaced(place.ordinal) : other.error());
            return;
        }
    }
    event.durable = sequence < pin_.durable_end;
    if (side_->erasures().contain(sequence)) [[unlikely]]
        erase_payload(event);
    if (check == ReadCheck::Frame) return;
    if (auto checked = check_hash(place, event); !checked) {
        into = fail(std::move(checked).error().at_sequence(sequence));
        return;
    }
    // The check moved the window: the event is read again to be handed out.
    read_into(place, ReadCheck::Frame, into);
}

Result<Frame> EventReader::read_frame(const RunOrdinal& place) {
    BATPAK_TRY(const BytesView body, body_at(place));
    auto frame = decode_body(body);
    if (!frame || frame->type != FrameType::Event ||
        frame->sequence != entered_->log->first.plus(place.ordinal)) {
        return fail(foreign(place.ordinal));
    }
    if (follows_) {
        BATPAK_TRY(const bool other, is_replaced(frame->event, place));
        if (other) return fail(replaced(place.ordinal));
    }
    return frame;
}

// To enter the run again is what gets another index in the place of the lost one.
Result<std::uint32_t> EventReader::offset_again(const RunOrdinal& place) {
    for (;;) {
        BATPAK_CHECK(enter(place.run));
        const std::uint32_t offset = entered_->index->frame_offset(place.ordinal);
        if (!entered_->index->is_lost()) return offset;
    }
}

// No end is given to the checks: how far the frame goes, its own length says, which the checksum
// covers.
Result<BytesView> EventReader::body_at(const RunOrdinal& place) {
    if (!entered_ || entered_->run != place.run) BATPAK_CHECK(enter(place.run));
    BATPAK_ASSERT(entered_->run == place.run && frames_.has_value());
    std::uint32_t offset = entered_->index->frame_offset(place.ordinal);
    if (offset == 0) [[unlikely]] {
        BATPAK_TRY(offset, offset_again(place));
    }
    entered_->offset = offset;
    CheckedFrame checked = frames_->held(offset, UINT64_MAX);
    if (checked.status == FrameStatus::Short) {
        BATPAK_TRY(checked,
                   frames_->load(offset, UINT64_MAX, expected_bytes(place.ordinal, offset)));
    }
    if (checked.status != FrameStatus::Valid) {
        return fail(side_->judged(
            damaged(ErrorCode::CorruptFrame,
                    "the stored event fails its checksum: restore the segment from a backup",
                    place.ordinal)));
    }
    return checked.body;
}

Result<RunHandle::Place> EventReader::find_run(std::size_t run) const {
    BATPAK_ASSERT(run < pin_.snapshot->runs.size());
    auto place = pin_.snapshot->runs[run]->place();
    if (!place) return fail(side_->judged(std::move(place).error()));
    if (follows_ && place->index->damage() != nullptr) {
        // What an index was made of may be other files than it is asked for.
        Error error = side_->judged(Error(ErrorCode::CorruptSegment));
        if (error.code() == ErrorCode::RolledBack) return fail(std::move(error));
    }
    return place;
}

Result<const Index*> EventReader::index_of(std::size_t run) const {
    BATPAK_TRY(const RunHandle::Place place, find_run(run));
    return place.index;
}

Result<void> EventReader::enter(std::size_t run) {
    BATPAK_ASSERT(run < pin_.snapshot->runs.size());
    for (;;) {
        BATPAK_TRY(const RunHandle::Place place, find_run(run));
        const SegmentHeader& header = place.run->header;
        const bool is_there = frames_ && segment_ == header.segment_id;
        Result<void> moved = is_there ? Result<void>() : move_to(header);
        if (moved) {
            entered_ = {run, place.run, place.index, run_count(run), 0};
            return {};
        }
        if (moved.error().code() != ErrorCode::MissingSegment) return moved;
        BATPAK_TRY(const bool found, pin_.snapshot->runs[run]->move_from(*place.run));
        if (!found) return moved;
    }
}

// Only sealed segments are mapped. The active one grows, and a failed write is cut off: a view of
// it would not show the one, and fault on the other.
Result<void> EventReader::move_to(const SegmentHeader& header) {
    const std::uint64_t id = header.segment_id;
    const bool sealed = id != pin_.snapshot->runs.back()->run().header.segment_id;
    std::shared_ptr<Mapping> mapping;
    if (sealed && side_->mapped_reads()) {
        // What cannot be mapped is read, and says then what is wrong with it.
        if (auto mapped = side_->files().map(id)) mapping = *std::move(mapped);
    }
    if (!mapping) {
        BATPAK_TRY(file_, side_->files().get(id));
    }
    if (!frames_) frames_.emplace(0);
    if (mapping) {
        frames_->move_to(mapping->bytes(), header.salt);
    } else {
        frames_->move_to(*file_, header.salt);
    }
    mapping_ = std::move(mapping);
    segment_ = id;
    BATPAK_ASSERT(frames_.has_value() && (mapping_ != nullptr || file_ != nullptr));
    return {};
}

// Only for the size of a read: where it is wrong, a second read follows. Marks after the frame are
// read with it.
std::size_t EventReader::expected_bytes(std::uint32_t ordinal, std::uint32_t offset) const {
    BATPAK_ASSERT(entered_.has_value());
    if (ordinal + 1 >= entered_->count) return kPointReadBytes;
    const std::uint32_t next = entered_->index->frame_offset(ordinal + 1);
    return next > offset ? std::min<std::size_t>(next - offset, kScanWindowBytes) : kPointReadBytes;
}

Error EventReader::damaged(ErrorCode code, std::string detail, std::uint32_t ordinal) const {
    BATPAK_ASSERT(entered_.has_value());
    return Error(code, std::move(detail))
        .at(segment_place(entered_->log->header.segment_id))
        .at_offset(entered_->offset)
        .at_sequence(entered_->log->first.plus(ordinal));
}

Error EventReader::foreign(std::uint32_t ordinal) const {
    return side_->judged(damaged(ErrorCode::CorruptFrame,
                                 "another frame stands where the event should be", ordinal));
}

// Not of an event that was damaged when its index was made: its id is not known.
Result<bool> EventReader::is_replaced(const EventView& event, const RunOrdinal& place) {
    BATPAK_ASSERT(follows_ && entered_.has_value());  // nothing replaces an event of a writer's own
    for (;;) {
        const Index& index = *entered_->index;
        if (index.id_order_at(place.ordinal) == id_order(event.event_id())) return false;
        const DamagedIndex* const damage = index.damage();
        if (!index.is_lost()) return damage == nullptr || !damage->is_damaged(place.ordinal);
        BATPAK_CHECK(enter(place.run));
    }
}

Error EventReader::replaced(std::uint32_t ordinal) const {
    return damaged(ErrorCode::RolledBack,
                   "another event stands where this one was: refresh(), or open the store again",
                   ordinal);
}

Result<void> EventReader::check_hash(const RunOrdinal& place, const EventView& event) {
    // This moves the window to the event before, so the frame is read again after it.
    BATPAK_TRY(const Hash previous, previous_hash(event));
    BATPAK_TRY(const Frame again, read_frame(place));
    const SegmentHeader& header = pin_.snapshot->runs[place.run]->run().header;
    if (recompute_hash(again, header.log_id, previous) == again.event.hash) return {};
    return fail(changed(header));
}

Result<bool> EventReader::has_payload(Sequence sequence) {
    BATPAK_TRY(const Frame frame, read_frame(place_of(sequence)));
    return !frame.event.erased;
}

Result<EventPreimage> EventReader::preimage(const RunOrdinal& place) {
    BATPAK_TRY(const Frame frame, read_frame(place));
    BATPAK_TRY(const Hash previous, previous_hash(frame.event));
    BATPAK_TRY(const Frame again, read_frame(place));
    const SegmentHeader& header = pin_.snapshot->runs[place.run]->run().header;
    EventPreimage preimage = preimage_of(again, header.log_id, previous);
    if (preimage.hash == again.event.hash) {
        if (side_->erasures().contain(again.sequence)) {
            // The blind goes with the payload: with it a guess of the payload could be confirmed
            // (docs/FORMAT.md, type 5).
            preimage.blind = {};
            preimage.payload.clear();
            preimage.erased = true;
        }
        return preimage;
    }
    return fail(changed(header).at_sequence(again.event.sequence()));
}

Result<Hash> EventReader::previous_hash(const EventView& event) {
    BATPAK_CHECK(side_->can_check(ReadCheck::Hash));
    const Version version = event.version();
    if (version.value == 0) return Hash{};
    // Finding the predecessor moves the window that the event borrows from.
    const std::string entity(event.entity);
    return hash_of_version(entity, Version(version.value - 1));
}

Error EventReader::changed(const SegmentHeader& header) {
    return Error(ErrorCode::CorruptHash,
                 "the stored event is not what was hashed when it was appended: it, or its "
                 "predecessor, was changed")
        .at(segment_place(header.segment_id));
}

Result<Hash> EventReader::hash_of_version(std::string_view entity, Version version) {
    BATPAK_TRY(const RunOrdinal place, find_version(entity, version));
    BATPAK_TRY(const Frame frame, read_frame(place));
    return frame.event.hash;
}

// From the newest run back: the first one whose index begins at this version or before it has the
// event, or no run has it.
Result<RunOrdinal> EventReader::find_version(std::string_view entity, Version version) {
    bool passed_damage = false;
    for (std::size_t run = pin_.snapshot->runs.size(); run-- > 0;) {
        const std::uint32_t count = run_count(run);
        if (count == 0) continue;
        BATPAK_TRY(const VersionInRun found, ask(run, [&](const Index& index) {
                       passed_damage |= index.damage() != nullptr;
                       return version_in(index, entity, version);
                   }));
        if (found.is_later) continue;
        if (found.ordinal >= count) break;
        return RunOrdinal{run, found.ordinal};
    }
    if (passed_damage) {
        BATPAK_TRY(const std::vector<LostEvent> lost, lost_of(entity));
        for (const LostEvent& event : lost) {
            const bool early = event.end_version && version >= *event.end_version;
            if (!early && version >= event.first_version) return event.place;
        }
    }
    return fail(
        Error(ErrorCode::EventNotFound, "the stream has no such version").at(std::string(entity)));
}

// A damaged event without an upper version may be later than all that are known. Then it is the
// answer, and reading it is the error: to give out an older event as the latest would be worse.
Result<std::optional<RunOrdinal>> EventReader::find_latest(std::string_view entity) {
    bool passed_damage = false;
    BATPAK_TRY(const std::optional<RunOrdinal> known, find_known_latest(entity, passed_damage));
    if (!passed_damage) return known;
    BATPAK_TRY(const std::vector<LostEvent> lost, lost_of(entity));
    const auto is_later = [](const LostEvent& event) { return !event.end_version; };
    const auto later = std::ranges::find_if(lost, is_later);
    return later == lost.end() ? known : std::optional(later->place);
}

Result<std::optional<RunOrdinal>> EventReader::find_known_latest(std::string_view entity,
                                                                 bool& passed_damage) {
    for (std::size_t run = pin_.snapshot->runs.size(); run-- > 0;) {
        const std::uint32_t count = run_count(run);
        if (count == 0) continue;
        BATPAK_TRY(const std::optional<std::uint32_t> last, ask(run, [&](const Index& index) {
                       passed_damage |= index.damage() != nullptr;
                       return last_of(index, Axis::Entity, entity, count);
                   }));
        if (!last) continue;
        if (*last < count) return std::optional(RunOrdinal{run, *last});
        // Only a forged list has a posting at or above what lower_bound() was asked for.
        return fail(ErrorCode::CorruptSegment,
                    "the index contradicts itself: delete the index folder");
    }
    return std::optional<RunOrdinal>();
}

Result<std::optional<RunOrdinal>> EventReader::find_id(const EventId& id) {
    const std::uint64_t order = id_order(id);
    // Ids grow along the log: the run is the last one, of those with events, whose first id is not
    // above.
    std::size_t low = 0;
    std::size_t high = pin_.snapshot->runs.size();
    std::optional<std::size_t> found;
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        // A run in which every event is damaged knows no id: the next one after it is asked in its
        // place.
        std::size_t probe = middle;
        std::optional<std::uint64_t> first;
        for (; probe < high; ++probe) {
            BATPAK_TRY(first, first_id_order(probe));
            if (first) break;
        }
        if (!first) {
            high = middle;
        } else if (*first > order) {
            high = middle;
        } else {
            found = probe;
            low = probe + 1;
        }
    }
    BATPAK_ASSERT(low == high && (!found || *found < low));
    if (found) {
        BATPAK_TRY(const std::optional<std::uint32_t> ordinal, ask(*found, [&](const Index& index) {
                       return index.find_id(order, run_count(*found));
                   }));
        if (ordinal) return std::optional(RunOrdinal{*found, *ordinal});
    }
    // Damaged events at the front of the next run have ids between those on both sides.
    for (std::size_t run = found ? *found + 1 : 0; run < pin_.snapshot->runs.size(); ++run) {
        if (run_count(run) == 0) continue;
        BATPAK_TRY(const Index* index, index_of(run));
        const DamagedIndex* const damage = index->damage();
        if (damage == nullptr || !damage->is_damaged(0)) break;
        return std::optional(RunOrdinal{run, 0});
    }
    return std::optional<RunOrdinal>();
}

Result<std::optional<RunOrdinal>> EventReader::find_key(std::string_view key, Sequence from) {
    const auto& runs = pin_.snapshot->runs;
    for (std::size_t run = runs.size(); run-- > 0;) {
        const std::uint32_t count = run_count(run);
        if (count == 0) continue;
        if (runs[run]->first().plus(count) <= from) break;
        BATPAK_TRY(const std::optional<std::uint32_t> ordinal, ask(run, [&](const Index& index) {
                       std::optional<std::uint32_t> last = last_of(index, Axis::Key, key, count);
                       // A damaged event after it may have had the key.
                       if (const DamagedIndex* const damage = index.damage()) {
                           const auto lost = last_below(damage->damaged(), count);
                           if (lost && (!last || *lost > *last)) last = lost;
                       }
                       return last;
                   }));
        if (!ordinal) continue;
        const RunOrdinal place{run, *ordinal};
        if (runs[run]->first().plus(place.ordinal) < from) break;
        return std::optional(place);
    }
    return std::optional<RunOrdinal>();
}

namespace {

constexpr std::size_t kNotesMax = 4096;  // of one kind: no log has so many that did not mean to

// The latest postings below `count` of the kind's notes, the latest first.
std::vector<std::uint32_t> notes_of(const Index& index, EventKind kind, std::uint32_t count,
                                    std::size_t most) {
    std::vector<std::uint32_t> notes;
    std::optional<KeyEntry> entry = index.find(Axis::KindNote, KindKey(kind).view());
    const std::uint32_t visible = entry ? entry->postings.lower_bound(count) : 0;
    for (std::uint32_t at = visible; at-- > 0 && notes.size() < most;)
        notes.push_back(entry->postings.at(at));
    BATPAK_ASSERT(notes.size() <= most);
    return notes;
}

}  // namespace

void EventReader::visit_kind_notes(EventKind kind, const VisitNote& visit) {
    std::size_t left = kNotesMax;
    // From the newest run back, because the latest note of a kind is the one that holds.
    for (std::size_t run = pin_.snapshot->runs.size(); run-- > 0 && left > 0;) {
        const std::uint32_t count = run_count(run);
        if (count == 0) continue;
        const auto notes =
            ask(run, [&](const Index& index) { return notes_of(index, kind, count, left); });
        if (!notes) continue;
        BATPAK_ASSERT(notes->size() <= left);
        left -= notes->size();
        for (const std::uint32_t ordinal : *notes) {
            if (ordinal >= count) continue;
            const Result<EventView> event = read(RunOrdinal{run, ordinal}, ReadCheck::Frame);
            if (!event || event->kind() != kind) continue;
            auto note =
                decode_kind_note(Metadata::reserved(event->metadata_bytes, Metadata::kKind));
            if (note && !visit(*event, *std::move(note))) return;
        }
    }
}

Result<std::optional<std::uint64_t>> EventReader::first_id_order(std::size_t run) const {
    if (run_count(run) == 0) return std::optional<std::uint64_t>();
    return ask(run, [](const Index& index) {
        const DamagedIndex* const damage = index.damage();
        return damage != nullptr ? damage->first_id_order() : std::optional(index.id_order_at(0));
    });
}

// Times grow along the log, so one event is read for each step of the search, and one more for each
// damaged event that it meets.
Result<Sequence> EventReader::find_time(std::int64_t us, Border damaged) {
    Sequence low;               // all before it that can be read are before `us`
    Sequence high = pin_.end;   // the search goes on before it
    Sequence first = pin_.end;  // the first that can be read and is not before `us`
    while (low < high) {
        const Sequence middle(low.value + (high.value - low.value) / 2);
        Sequence at = middle;
        BATPAK_TRY(const std::optional<Hlc> time, next_time(at, high));
        if (time && time->us < us) {
            low = at.next();
        } else {
            if (time) first = at;
            high = middle;
        }
    }
    BATPAK_ASSERT(low == high && first >= low);
    return damaged == Border::Before ? first : low;
}

Result<std::optional<Hlc>> EventReader::next_time(Sequence& begin, Sequence end) {
    BATPAK_ASSERT(begin < end && end <= pin_.end);
    for (; begin < end; begin = begin.next()) {
        const Result<EventView> event = read(begin, ReadCheck::Frame);
        if (event) return std::optional(event->position.hlc);
        if (event.error().code() != ErrorCode::CorruptFrame) return fail(event.error());
    }
    return std::optional<Hlc>();
}

}  // namespace batpak::store
