// The grammar of a segment that the scan accepts (docs/FORMAT.md):
//
//     segment = { event | mark | begin event*count commit } zeros
//
// with sequences dense from the header's `first`, every lag pointing at no more events than came
// before, and a commit that agrees with its begin and with the bytes between. What ends early
// counts up to its last whole event or batch: so what is found is a prefix, whatever was cut (INV
// R1).
#include "store/log/segment_scan.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "base/hash/crc32.hpp"
#include "batpak/base/assert.hpp"
#include "store/frame/frame_reader.hpp"
#include "store/frame/frame_search.hpp"

namespace batpak::store {
namespace {

// A batch whose commit was not read yet.
struct OpenBatchState {
    std::uint64_t begin_offset = 0;
    std::uint64_t items_offset = 0;
    Sequence first;
    std::uint32_t count = 0;
    std::uint32_t seen = 0;
};

class Scan {
public:
    Scan(File& file, std::uint64_t file_bytes, const SegmentHeader& header, const ScanStart& start,
         const EventVisitor& visit, const FrameVisitor* visit_frame)
        : file_(file),
          reader_(file, header.salt, kPointReadBytes),
          file_bytes_(file_bytes),
          header_(header),
          visit_(visit),
          visit_frame_(visit_frame) {
        offset_ = start.offset;
        next_ = start.next;
        end_ = {.offset = start.offset, .next = start.next, .durable_end = Sequence(0)};
    }

    Result<ScanEnd> run() {
        while (!contradiction_) {
            BATPAK_TRY(const CheckedFrame checked, reader_.at(offset_, file_bytes_));
            if (checked.status != FrameStatus::Valid) break;
            // The checksum holds, so these are the bytes that were written here: if they make no
            // sense now, they made none then, and no crash has done that.
            const Result<Frame> frame = decode_body(checked.body);
            if (!frame || !fits(*frame)) {
                end_.behind = Behind::Contradiction;
                return finish();
            }
            heads_.add(offset_, checked.body.data() - kFrameHeaderBytes);
            if (visit_frame_ != nullptr)
                BATPAK_CHECK((*visit_frame_)(*frame, checked.body, offset_));
            BATPAK_CHECK(take(*frame, checked.frame_bytes));
        }
        BATPAK_TRY(end_.behind, look_behind());
        return finish();
    }

private:
    // Whether this frame may stand here. No frame can have known more durable events than were
    // written before it.
    bool fits(const Frame& frame) const {
        if (frame.durable_end > end_.next) return false;
        if (!batch_) {
            const bool alone = frame.type != FrameType::Event || frame.event.batch_count == 1;
            return alone && frame.type != FrameType::BatchCommit && frame.sequence == next_ &&
                   hashes_fit(frame);
        }
        if (batch_->seen == batch_->count) {
            return frame.type == FrameType::BatchCommit && frame.sequence == batch_->first &&
                   frame.batch_count == batch_->count;
        }
        return frame.type == FrameType::Event && frame.sequence == next_ &&
               frame.event.batch_index == batch_->seen &&
               frame.event.batch_count == batch_->count && hashes_fit(frame);
    }

    // A store has hashes in all of its events or in none, as its segments' headers say.
    bool hashes_fit(const Frame& frame) const {
        return frame.type != FrameType::Event || frame.event.hash.is_zero() != header_.has_hashes;
    }

    Result<void> take(const Frame& frame, std::size_t frame_bytes) {
        const std::uint64_t frame_offset = offset_;
        offset_ += frame_bytes;
        switch (frame.type) {
            case FrameType::Event: return take_event(frame, frame_offset);
            case FrameType::Mark: settle(frame.durable_end, true); return {};
            case FrameType::BatchBegin:
                batch_ =
                    OpenBatchState{frame_offset, offset_, frame.sequence, frame.batch_count, 0};
                batch_durable_end_ = frame.durable_end;
                return {};
            case FrameType::BatchCommit: return take_commit(frame, frame_offset);
        }
        BATPAK_UNREACHABLE();
    }

    // An item of a batch is counted, and neither settled nor visited: it may have no commit.
    Result<void> take_event(const Frame& frame, std::uint64_t frame_offset) {
        next_ = next_.next();
        if (batch_) {
            ++batch_->seen;
            return {};
        }
        settle(frame.durable_end, false);
        return visit_(frame, frame_offset);
    }

    // Everything read so far counts.
    void settle(Sequence durable_end, bool mark) {
        BATPAK_ASSERT(!batch_);  // an open batch counts for nothing yet
        BATPAK_ASSERT(offset_ > end_.offset && next_ >= end_.next);
        BATPAK_ASSERT(durable_end <= next_);  // fits() let no frame say more
        end_.offset = offset_;
        end_.next = next_;
        end_.durable_end = std::max(end_.durable_end, durable_end);
        end_.ends_with_mark = mark;
        end_.heads = heads_;
    }

    Result<void> take_commit(const Frame& frame, std::uint64_t commit_offset) {
        BATPAK_TRY(const std::uint32_t checksum, checksum_of(batch_->items_offset, commit_offset));
        if (checksum != frame.batch_checksum) {
            // Each item's own checksum holds, so only a commit made for other bytes ends up here.
            offset_ = commit_offset;
            contradiction_ = true;
            return {};
        }
        const OpenBatchState batch = *batch_;
        BATPAK_ASSERT(batch.seen == batch.count && next_ == batch.first.plus(batch.count));
        batch_.reset();
        settle(std::max(batch_durable_end_, frame.durable_end), false);
        return visit_items(batch, commit_offset);
    }

    // The items were only counted when they were read: until the commit they did not exist.
    Result<void> visit_items(const OpenBatchState& batch, std::uint64_t commit_offset) {
        FrameReader reader(file_, header_.salt, kScanWindowBytes);
        for (std::uint64_t at = batch.items_offset; at < commit_offset;) {
            BATPAK_TRY(const CheckedFrame checked, reader.at(at, commit_offset));
            if (checked.status != FrameStatus::Valid) {
                return fail(
                    Error(ErrorCode::Io, "the segment changed while it was read").at_offset(at));
            }
            const Result<Frame> frame = decode_body(checked.body);
            if (!frame) return fail(frame.error());
            BATPAK_CHECK(visit_(*frame, at));
            at += checked.frame_bytes;
            BATPAK_ASSERT(at <= commit_offset);
        }
        return {};
    }

    // Over the items' frames as they are in the file, with their heads: it binds them together.
    Result<std::uint32_t> checksum_of(std::uint64_t begin, std::uint64_t end) {
        BATPAK_ASSERT(begin < end);  // a batch has events
        std::uint32_t checksum = 0;
        WindowReader reader(file_, kScanWindowBytes);
        while (begin < end) {
            BATPAK_TRY(BytesView bytes,
                       reader.at(begin, std::min<std::uint64_t>(end - begin, kScanWindowBytes)));
            if (bytes.empty())
                return fail(Error(ErrorCode::Io, "the segment shrank while it was read"));
            checksum = crc32(bytes, checksum);
            begin += bytes.size();
        }
        return checksum;
    }

    // Zeros are what reserved space reads as. A single other byte makes it damage, which the
    // recovery table then weighs.
    Result<Behind> look_behind() {
        if (contradiction_) return Behind::Contradiction;
        BATPAK_ASSERT(offset_ <= file_bytes_);
        if (offset_ == file_bytes_) return Behind::Nothing;
        WindowReader reader(file_, kScanWindowBytes);
        for (std::uint64_t at = offset_; at < file_bytes_;) {
            BATPAK_TRY(BytesView bytes,
                       reader.at(at, std::min<std::uint64_t>(file_bytes_ - at, kScanWindowBytes)));
            if (bytes.empty()) break;
            if (!are_zeros(bytes)) return Behind::Damage;
            at += bytes.size();
        }
        return Behind::Zeros;
    }

    Result<ScanEnd> finish() {
        end_.open_batch = batch_ ? OpenBatch::Yes : OpenBatch::No;
        BATPAK_ASSERT(end_.offset <= offset_ && offset_ <= file_bytes_);
        BATPAK_ASSERT(end_.next <= next_);
        BATPAK_ASSERT(end_.heads.count() == 0 || end_.heads.last_offset() < end_.offset);
        return end_;
    }

    File& file_;
    FrameReader reader_;
    const std::uint64_t file_bytes_;
    const SegmentHeader& header_;
    const EventVisitor& visit_;
    const FrameVisitor* const visit_frame_;  // null: nobody asks

    std::uint64_t offset_ = 0;
    Sequence next_;
    std::optional<OpenBatchState> batch_;
    Sequence batch_durable_end_;
    bool contradiction_ = false;
    FrameHeads heads_;  // of all frames that were read
    ScanEnd end_;
};

// The shortest frame of an event: one byte for each element, but for the id, the names and the
// payload.
constexpr std::uint64_t kEventFrameBytesMin = kFrameHeaderBytes + 43;

// In a run that was whole once, what is left between what is damaged:
//
//     frame 4 | damage | frame 7 | damage | frame 9     ->     4, two missing, 7, one missing, 9
//
// A frame is believed only where as many events as it says are missing fit into the damaged bytes
// before it: an old frame inside a payload, or one of another place, does not.
class PastDamage {
public:
    PastDamage(File& file, const SegmentHeader& header, const ScanStart& end,
               const EventVisitor& visit, const MissingVisitor& missing)
        : reader_(file, header.salt, kPointReadBytes),
          header_(header),
          end_(end),
          visit_(visit),
          missing_(missing) {}

    Result<void> run(File& file, const ScanStart& start) {
        BATPAK_ASSERT(start.offset <= end_.offset && start.next <= end_.next);
        next_ = start.next;
        at_ = start.offset;
        BATPAK_CHECK(find_frames(file, start.offset));
        for (const FoundFrame& frame : frames_) {
            // A frame inside one that is whole is part of its payload.
            if (frame.offset >= at_) BATPAK_CHECK(take(frame));
        }
        if (pass_over(end_.next, end_.offset)) return {};
        return fail(
            Error(ErrorCode::CorruptSegment,
                  "it holds fewer events than the MANIFEST says: restore the segment from a "
                  "backup")
                .at(segment_file_name(header_.segment_id))
                .at_offset(at_)
                .at_sequence(next_));
    }

private:
    // By their checksums and the fronts of their bodies: whether a frame is in its place, take()
    // finds out.
    Result<void> find_frames(File& file, std::uint64_t offset) {
        const auto is_frame = [](BytesView front, std::uint32_t body_bytes) {
            return read_front(front, body_bytes).has_value();
        };
        const auto keep = [this](const FoundFrame& frame) {
            frames_.push_back(frame);
            return true;
        };
        FrameSearch search(file, header_.salt, offset, end_.offset);
        BATPAK_CHECK(search.run(is_frame, keep));
        std::ranges::sort(frames_, {}, &FoundFrame::offset);
        return {};
    }

    Result<void> take(const FoundFrame& found) {
        BATPAK_TRY(const CheckedFrame checked, reader_.at(found.offset, found.end));
        if (checked.status != FrameStatus::Valid) return {};  // the file changes: it is damage
        const Result<Frame> frame = decode_body(checked.body);
        if (!frame) return {};
        const bool is_event = frame->type == FrameType::Event;
        if (is_event &&
            (frame->event.hash.is_zero() == header_.has_hashes || frame->sequence >= end_.next)) {
            return {};
        }
        // A commit says nothing of what comes next.
        if (frame->type != FrameType::BatchCommit && !pass_over(frame->sequence, found.offset))
            return {};
        pass_bytes(found.offset);
        at_ = found.end;
        BATPAK_ASSERT(at_ <= end_.offset);
        if (!is_event) return {};
        next_ = next_.next();
        BATPAK_ASSERT(next_ <= end_.next);
        return visit_(*frame, found.offset);
    }

    // Counts what is missing before an event `sequence` that would stand at `offset`; false if that
    // is not what stands there.
    bool pass_over(Sequence sequence, std::uint64_t offset) {
        if (sequence < next_ || sequence > end_.next) return false;
        const std::uint64_t count = sequence.value - next_.value;
        if (count > (damaged_bytes_ + offset - at_) / kEventFrameBytesMin) return false;
        pass_bytes(offset);
        if (count > 0) missing_(damage_at_, count);
        damaged_bytes_ = 0;
        next_ = sequence;
        return true;
    }

    // What stands before `offset` is no frame.
    void pass_bytes(std::uint64_t offset) {
        BATPAK_ASSERT(offset >= at_);
        if (damaged_bytes_ == 0) damage_at_ = at_;
        damaged_bytes_ += offset - at_;
        at_ = offset;
    }

    FrameReader reader_;
    const SegmentHeader& header_;
    const ScanStart end_;
    const EventVisitor& visit_;
    const MissingVisitor& missing_;
    std::vector<FoundFrame> frames_;
    Sequence next_;
    std::uint64_t at_ = 0;  // behind what was judged
    // Of which it is not known yet what is missing in them.
    std::uint64_t damage_at_ = 0;
    std::uint64_t damaged_bytes_ = 0;
};

}  // namespace

// The run is zero if it starts with one and each byte equals its neighbour. memcmp compares many at
// once, and an open may look through megabytes of reserved space.
bool are_zeros(BytesView bytes) noexcept {
    if (bytes.empty()) return true;
    return bytes.front() == std::byte{0} &&
           std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

Result<ScanEnd> scan_segment(File& file, std::uint64_t file_bytes, const SegmentHeader& header,
                             const ScanStart& start, const EventVisitor& visit) {
    BATPAK_ASSERT(start.offset >= SegmentHeader::kBytes && start.offset <= file_bytes);
    return Scan(file, file_bytes, header, start, visit, nullptr).run();
}

Result<ScanEnd> scan_segment(File& file, std::uint64_t file_bytes, const SegmentHeader& header,
                             const ScanStart& start, const EventVisitor& visit,
                             const FrameVisitor& visit_frame) {
    BATPAK_ASSERT(start.offset >= SegmentHeader::kBytes && start.offset <= file_bytes);
    return Scan(file, file_bytes, header, start, visit, &visit_frame).run();
}

Result<void> scan_past_damage(File& file, const SegmentHeader& header, const ScanStart& start,
                              const ScanStart& end, const EventVisitor& visit,
                              const MissingVisitor& missing) {
    return PastDamage(file, header, end, visit, missing).run(file, start);
}

// The first frame that testifies ends the search: more of them would change nothing.
Result<Testimony> find_testimony(File& file, std::uint64_t file_bytes, const SegmentHeader& header,
                                 std::uint64_t offset, Sequence next) {
    Testimony found = Testimony::No;
    const auto testifies = [&](BytesView front, std::uint32_t body_bytes) {
        const std::optional<FrameFront> frame = read_front(front, body_bytes);
        return frame && frame->durable_end > next;
    };
    const auto end = [&](const FoundFrame&) {
        found = Testimony::Yes;
        return false;
    };
    BATPAK_CHECK(FrameSearch(file, header.salt, offset, file_bytes).run(testifies, end));
    return found;
}

}  // namespace batpak::store
