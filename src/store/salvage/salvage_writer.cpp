// Every event is encoded again: its lag may be another, and what it testifies is what is true of
// the new store. All else of a body is as it was, because only bodies are taken that have the one
// form that an event can have.
#include "store/salvage/salvage_writer.hpp"

#include "base/hash/crc32.hpp"
#include "batpak/base/assert.hpp"
#include "store/copy/segment_copy.hpp"
#include "store/frame/limits.hpp"

namespace batpak::store {
namespace {

constexpr std::size_t kWriteWindowBytes = 1U << 20;

std::uint64_t bytes_at_most(std::span<const JudgedEvent> events) {
    // An upper bound, so a segment ends a little early and never grows over its size.
    std::uint64_t bytes = 2 * kFrameOverheadBytesMax;  // the marks of a batch
    for (const JudgedEvent& event : events) {
        bytes += kFrameOverheadBytesMax + event.fields.entity.size() + event.fields.scope.size() +
                 event.fields.metadata.size() + event.fields.payload.size();
    }
    return bytes;
}

}  // namespace

SalvageWriter::SalvageWriter(StoreDirectory& target, Entropy& entropy, bool has_hashes,
                             std::uint64_t segment_bytes)
    : target_(target), entropy_(entropy), segment_bytes_(segment_bytes) {
    manifest_.generation = 1;
    manifest_.has_hashes = has_hashes;
}

SalvageWriter::~SalvageWriter() {
    if (!is_made_) target_.drop_copy(ids_);
}

// An era starts with a segment.
Result<void> SalvageWriter::begin_era(const Era& era) {
    BATPAK_ASSERT(era.from <= next_);
    BATPAK_ASSERT(has_era() || era.from == Sequence(0));
    BATPAK_ASSERT(!has_era() || manifest_.eras.back().from <= era.from);
    if (file_ != nullptr) BATPAK_CHECK(seal());
    manifest_.eras.push_back(era);
    return {};
}

Result<void> SalvageWriter::add(std::span<const JudgedEvent> events) {
    BATPAK_ASSERT(!events.empty() && events.front().place.sequence == next_);
    BATPAK_CHECK(make_room(events));
    const auto count = static_cast<std::uint32_t>(events.size());
    // All before it is durable before there is a MANIFEST that lists it.
    const Sequence first = next_;
    if (count > 1) append_batch_begin(frames_, header_.salt, offset(), first, first, count);
    const std::size_t items_at = frames_.size();
    for (const JudgedEvent& event : events) {
        BATPAK_ASSERT(event.place.sequence == next_ && event.place.batch_count == count);
        append_event(event, first);
        next_ = next_.next();
    }
    if (count > 1) {
        const std::uint32_t checksum = crc32(frames_.view().subspan(items_at));
        append_batch_commit(frames_, header_.salt, offset(), first, first, count, checksum);
    }
    return frames_.size() < kWriteWindowBytes ? Result<void>() : flush();
}

void SalvageWriter::append_event(const JudgedEvent& event, Sequence durable_end) {
    content_.clear();
    const FramePlace frame{.place = event.place,
                           .durable_end = durable_end,
                           .timestamp_us = event.fields.timestamp_us,
                           .hash = manifest_.has_hashes ? &event.hash : nullptr};
    if (event.is_erased) {
        BATPAK_ASSERT(!manifest_.has_hashes || !event.commitment.is_zero());
        encode_erased(content_, frame, event.fields,
                      manifest_.has_hashes ? &event.commitment : nullptr);
        append_frame(frames_, header_.salt, offset(), content_.view());
        return;
    }
    encode_content(content_, event.fields, manifest_.has_hashes ? &event.blind : nullptr);
    append_event_frame(frames_, header_.salt, offset(), frame, content_.view());
}

void SalvageWriter::set_erasures(Sequence intent) {
    BATPAK_ASSERT(intent < next_);
    manifest_.prune = Prune{.intent = intent, .is_pending = false};
}

Result<void> SalvageWriter::make_room(std::span<const JudgedEvent> events) {
    // A batch is never split over two segments (INV W5): an empty one takes it, however large it
    // is.
    const bool has_events = file_ != nullptr && next_ > header_.first;
    if (has_events && offset() + bytes_at_most(events) > segment_bytes_) BATPAK_CHECK(seal());
    return file_ == nullptr ? begin_segment() : Result<void>();
}

Result<void> SalvageWriter::begin_segment() {
    BATPAK_ASSERT(has_era() && frames_.empty());
    header_ = {.log_id = manifest_.log_id(),
               .segment_id = ids_.size() + 1,
               .first = next_,
               .era = manifest_.era(),
               .has_hashes = manifest_.has_hashes};
    entropy_.fill(header_.salt);
    ids_.push_back(header_.segment_id);
    BATPAK_TRY(file_, target_.begin_segment_copy(header_.segment_id));
    written_ = 0;
    frames_.append(header_.encode());
    return {};
}

Result<void> SalvageWriter::flush() {
    BATPAK_ASSERT(file_ != nullptr);
    BATPAK_CHECK(file_->write_at(written_, frames_.view()));
    written_ += frames_.size();
    frames_.clear();
    return {};
}

// Read back before it counts: what is wrong on this disk as well must not be found out later.
Result<void> SalvageWriter::seal() {
    BATPAK_CHECK(flush());
    BATPAK_ASSERT(frames_.empty() && next_ > header_.first);
    const SealedSegment sealed{header_.segment_id, header_.first, next_, written_};
    BATPAK_CHECK(prove_frames(*file_, header_, sealed));
    BATPAK_CHECK(file_->sync(SyncMode::All));
    manifest_.sealed.push_back(sealed);
    bytes_ += written_;
    file_.reset();
    return {};
}

Result<void> SalvageWriter::finish() {
    BATPAK_ASSERT(has_era() && !is_made_);
    if (file_ != nullptr) BATPAK_CHECK(seal());
    BATPAK_ASSERT(manifest_.sealed.size() == ids_.size());
    // The MANIFEST comes last: what a crash leaves before it is no store, and no open takes it for
    // one (INV K1). What fails here is removed by the destructor, the active segment with it.
    BATPAK_CHECK(target_.name_segment_copies(ids_));
    SegmentHeader active{.log_id = manifest_.log_id(),
                         .segment_id = ids_.size() + 1,
                         .first = next_,
                         .era = manifest_.era(),
                         .has_hashes = manifest_.has_hashes};
    entropy_.fill(active.salt);
    manifest_.active = {active.segment_id, next_};
    ids_.push_back(active.segment_id);
    BATPAK_CHECK(target_.create_segment(active, SegmentHeader::kBytes));
    BATPAK_CHECK(target_.write_manifest(manifest_));
    is_made_ = true;
    return {};
}

}  // namespace batpak::store
