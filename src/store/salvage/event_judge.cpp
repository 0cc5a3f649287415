// Each check is one that a verification of the new store would make: what does not pass is not
// taken. A hash is checked wherever the event before it in its stream was taken, or there was none;
// behind a lost one the stored hash is believed, as the checksum vouches for it, and the next event
// of the stream is checked against it.
//
// It keeps an entry for each stream of the log, and the bodies of one unit.
#include "store/salvage/event_judge.hpp"

#include <algorithm>
#include <cstring>

#include "batpak/base/assert.hpp"
#include "batpak/base/detail/byte_order.hpp"
#include "event/event_id_generator.hpp"
#include "store/frame/event_shapes.hpp"
#include "store/frame/frame_rules.hpp"
#include "store/salvage/patient_file.hpp"

namespace batpak::store {
namespace {

Hash hash_of(const JudgedEvent& event, const LogId& log_id, const Hash& previous) {
    const Hash content = content_hash(log_id, event.fields, event.commitment);
    return event_hash(event.place, content, previous);
}

tl::unexpected<Error> wrong(const char* detail, ErrorCode code = ErrorCode::CorruptFrame) {
    return fail(code, std::string(detail) + ": it is not taken");
}

}  // namespace

std::uint64_t id_number(const EventId& id) noexcept {
    // The front half of a UUID of version 7: 48 bits of milliseconds, the version, 12 bits that
    // count within a millisecond. Without the version in the middle two of them can be subtracted.
    std::uint64_t top = 0;
    std::memcpy(&top, id.bytes.data(), sizeof(top));
    top = big_endian(top);
    return ((top >> 16) << kIdCounterBits) | (top & ((1U << kIdCounterBits) - 1));
}

std::uint64_t times_between(const Hlc& one, const Hlc& other) noexcept {
    if (!(one < other)) return 0;
    // Each microsecond has 2^32 counters. Below 2^31 of them the product fits; more are enough for
    // any gap, as kLostMax is 2^32.
    constexpr std::uint64_t kMicrosecondsMany = std::uint64_t{1} << 31;
    const std::uint64_t us =
        static_cast<std::uint64_t>(other.us) - static_cast<std::uint64_t>(one.us);
    if (us >= kMicrosecondsMany) return UINT64_MAX;
    return (us << 32) + other.counter - one.counter - 1;
}

Result<std::span<const JudgedEvent>> EventJudge::judge(const FoundUnit& unit, Sequence next,
                                                       Before before, const LogId* new_log) {
    BATPAK_ASSERT(unit.first >= next && unit.count > 0);
    touched_.clear();
    judged_.clear();
    last_of_unit_.reset();
    // All that the unit changes stays in touched_ and last_of_unit_ until keep(): one that is
    // refused halfway, or not taken in the end, leaves no trace.
    const auto read = read_bodies(unit);
    if (!read) return fail(read.error());
    const LogId& log_id = survey_.files[unit.file].header.log_id;
    Sequence expected = unit.first;
    for (const Buffer& body : bodies_) {
        const Result<Frame> frame = decode_body(body.view());
        if (!frame) return fail(frame.error());
        if (const auto broken = broken_rule(*frame, body.view(), scratch_)) {
            return fail(ErrorCode::CorruptFrame, "a rule of the format is broken: " +
                                                     std::string(*broken) + ": it is not taken");
        }
        // Only the first member can have lost events before it: a batch has no holes.
        const std::uint64_t gap = judged_.empty() ? unit.first.value - next.value : 0;
        BATPAK_CHECK(check_place(*frame, expected, gap));
        BATPAK_TRY(const JudgedEvent judged, judge_event(*frame, log_id, before, new_log));
        const LastEvent here{frame->event.event_id(), frame->event.position.hlc};
        if (judged_.empty()) first_of_unit_ = here;
        last_of_unit_ = here;
        judged_.push_back(judged);
        expected = expected.next();
    }
    BATPAK_ASSERT(judged_.size() == unit.count);  // a batch is taken whole (INV K9)
    return std::span<const JudgedEvent>(judged_);
}

Result<void> EventJudge::open(std::uint32_t file) {
    BATPAK_ASSERT(file < survey_.files.size());
    if (file_index_ == file) return {};
    const SurveyedFile& surveyed = survey_.files[file];
    forget_file();
    BATPAK_TRY(std::unique_ptr<File> opened,
               directory_.open_segment(surveyed.id, OpenMode::ReadOnly));
    file_ = std::make_unique<PatientFile>(std::move(opened));
    reader_.emplace(*file_, surveyed.header.salt, kScanWindowBytes);
    file_index_ = file;
    BATPAK_ASSERT(file_ && reader_);
    return {};
}

Result<void> EventJudge::read_bodies(const FoundUnit& unit) {
    BATPAK_ASSERT(unit.place + unit.count <= survey_.offsets.size());
    BATPAK_CHECK(open(unit.file));
    const SurveyedFile& surveyed = survey_.files[unit.file];
    bodies_.resize(unit.count);
    for (std::uint32_t i = 0; i < unit.count; ++i) {
        const std::uint64_t offset = survey_.offsets[unit.place + i];
        BATPAK_TRY(const CheckedFrame checked, reader_->at(offset, surveyed.bytes));
        if (checked.status != FrameStatus::Valid) return wrong("it changed while it was read");
        if (i == 0) unit_begin_ = offset;
        unit_end_ = offset + checked.frame_bytes;
        // A copy: the reader's window moves on, and what is judged borrows until the next unit.
        bodies_[i].clear();
        bodies_[i].append(checked.body);
    }
    return {};
}

// `gap`: so many events are lost before it, each of which has an id and a time of its own.
Result<void> EventJudge::check_place(const Frame& frame, Sequence expected,
                                     std::uint64_t gap) const {
    const EventView& event = frame.event;
    if (frame.type != FrameType::Event || frame.sequence != expected)
        return wrong("it changed while it was read");
    if (event.hash.is_zero() == survey_.has_hashes)
        return wrong("it has a hash where there are none, or none where there are");
    const std::optional<LastEvent>& last = last_of_unit_ ? last_of_unit_ : last_;
    const std::uint64_t number = id_number(event.event_id());
    // A salvage writes events of its own behind it, one for each that is lost and some more. Only
    // forged files have such a time or id.
    constexpr std::uint64_t kRoomMilliseconds = std::uint64_t{1} << 21;
    constexpr std::int64_t kRoomMicroseconds = 1000;
    static_assert(kRoomMilliseconds << kIdCounterBits > kLostMax);
    static_assert(EventIdGenerator::kClockMax < EventIdGenerator::kResumeMax - kRoomMilliseconds);
    if (event.position.hlc.us > Hlc::last().us - kRoomMicroseconds ||
        number >> kIdCounterBits > EventIdGenerator::kResumeMax - kRoomMilliseconds) {
        return wrong("too few events can follow it");
    }
    if (!last) {
        // With nothing kept before it, the lost events still need smaller ids and times.
        const bool has_room = number > gap && event.position.hlc.us > 0;
        return gap == 0 || has_room ? Result<void>() : wrong("more is missing before it than fits");
    }
    const std::uint64_t before = id_number(last->id);
    if (number <= before || number - before <= gap) return wrong("its id does not grow");
    if (!(last->hlc < event.position.hlc) || times_between(last->hlc, event.position.hlc) < gap)
        return wrong("its time does not grow");
    return {};
}

Result<JudgedEvent> EventJudge::judge_event(const Frame& frame, const LogId& log_id, Before before,
                                            const LogId* new_log) {
    const EventView& event = frame.event;
    StreamEnd& stream = stream_of(event);
    // What is erased elsewhere, or was to be, is not brought back (INV K5).
    JudgedEvent judged{.fields = fields_of(event),
                       .blind = frame.blind,
                       .commitment = survey_.has_hashes ? commitment_of(frame) : Hash{},
                       .is_erased = event.erased || survey_.erased.contains(frame.sequence),
                       .place = place_of(event),
                       .hash = event.hash};
    const std::uint64_t version = event.version().value;
    if (version < stream.count_was) return wrong("its version does not follow its stream's");
    const bool follows = version == stream.count_was;
    const bool may_lack = before == Before::Some || (before == Before::Unseen && !stream.is_seen);
    if (!follows && !may_lack) return wrong("its version does not follow its stream's");
    judged.is_unproved = survey_.has_hashes && !follows;
    if (survey_.has_hashes && follows && hash_of(judged, log_id, stream.hash_was) != event.hash) {
        return wrong("it is not what was hashed when it was appended", ErrorCode::CorruptHash);
    }
    // The old stream goes on with the hash that is stored, checked or not, so that one lost event
    // makes one hash unproved. The new stream goes on with the hash that it was given here.
    stream.is_seen = true;
    stream.count_was = version + 1;
    stream.hash_was = event.hash;
    if (new_log == nullptr) {
        stream.count = version;
    } else {
        judged.place.version = Version(stream.count);
        if (survey_.has_hashes) judged.hash = hash_of(judged, *new_log, stream.hash);
    }
    BATPAK_ASSERT(judged.place.version.value == stream.count);
    ++stream.count;
    stream.hash = judged.hash;
    return judged;
}

EventJudge::StreamEnd& EventJudge::stream_of(const EventView& event) {
    const auto touched = touched_.find(event.entity);
    if (touched != touched_.end()) return touched->second;
    StreamEnd end;
    const std::uint64_t version = event.version().value;
    if (const auto known = streams_.find(event.entity); known != streams_.end()) {
        end = known->second;
        // Only a scrub that began in the middle asks: a salvage has seen each stream from its first
        // event.
    } else if (version > 0 && find_hash_) {
        if (const auto hash = find_hash_(event.entity, Version(version - 1))) {
            end.is_seen = true;
            end.count_was = version;
            end.hash_was = *hash;
        }
    }
    return touched_.emplace(std::string(event.entity), end).first->second;
}

void EventJudge::keep() {
    for (auto& [entity, end] : touched_) streams_.insert_or_assign(entity, end);
    touched_.clear();
    BATPAK_ASSERT(last_of_unit_.has_value());  // a unit was judged, and is taken once
    last_ = last_of_unit_;
    last_of_unit_.reset();
}

void EventJudge::link(JudgedEvent& own, const LogId& log_id) {
    StreamEnd& stream = streams_[std::string(own.fields.entity)];
    own.place.version = Version(stream.count);
    BATPAK_ASSERT(!own.is_erased);
    if (survey_.has_hashes) {
        own.commitment = payload_commitment(own.blind, own.fields.payload);
        own.hash = hash_of(own, log_id, stream.hash);
    }
    ++stream.count;
    stream.hash = own.hash;
    last_ = LastEvent{own.place.event_id, own.place.hlc};
}

}  // namespace batpak::store
