// Twice through the sources: once to write, with the scan that every open and every verification
// goes through, and once more, frame by frame, beside the scan of what was written.
//
// The body of an event is copied to the byte, because its hashes cover it. What stands around it is
// new: a head is bound to the salt of its file and to its place there, and the commit of a
// batch to the heads of its events. Marks are left out: what they testified is sealed.
#include "store/copy/segment_merge.hpp"

#include <algorithm>
#include <memory>

#include "base/hash/crc32.hpp"
#include "batpak/base/assert.hpp"
#include "store/frame/frame_reader.hpp"

namespace batpak::store {
namespace {

constexpr std::size_t kMergeWindowBytes = 1U << 20;

// Appends frames to a file that is to become a segment.
class MergeWriter {
public:
    MergeWriter(File& file, const SegmentHeader& header, const CopyStep& step)
        : file_(file), salt_(header.salt), step_(step) {
        frames_.append(header.encode());
    }

    Result<void> take(const Frame& frame, BytesView body) {
        const std::size_t start = frames_.size();
        switch (frame.type) {
            case FrameType::Mark: return {};
            case FrameType::BatchBegin:
                append_frame(frames_, salt_, offset(), body);
                items_checksum_ = 0;
                break;
            case FrameType::Event:
                append_frame(frames_, salt_, offset(), body);
                items_checksum_ = crc32(frames_.view().subspan(start), items_checksum_);
                break;
            // Made again: its checksum is over the heads of the frames, which are others here.
            case FrameType::BatchCommit:
                append_batch_commit(frames_, salt_, offset(), frame.sequence, frame.durable_end,
                                    frame.batch_count, items_checksum_);
                break;
        }
        return frames_.size() < kMergeWindowBytes ? Result<void>() : flush();
    }

    Result<void> finish() {
        BATPAK_CHECK(flush());
        return file_.sync(SyncMode::All);
    }

    std::uint64_t offset() const noexcept { return written_ + frames_.size(); }
    bool stopped() const noexcept { return stopped_; }

private:
    Result<void> flush() {
        BATPAK_CHECK(file_.write_at(written_, frames_.view()));
        written_ += frames_.size();
        stopped_ = stopped_ || !step_(frames_.size());
        frames_.clear();
        return stopped_ ? fail_stopped() : Result<void>();
    }

    // Ends the scan; who asks stopped() does not look at it.
    static Result<void> fail_stopped() { return fail(ErrorCode::OutcomeCancelled); }

    File& file_;
    const Salt salt_;
    const CopyStep& step_;
    Buffer frames_;  // that are not written yet
    std::uint64_t written_ = 0;
    std::uint32_t items_checksum_ = 0;  // of the frames since the last begin of a batch
    bool stopped_ = false;
};

Result<void> scan_source(StoreDirectory& directory, const SealedSegment& segment,
                         const FrameVisitor& visit) {
    BATPAK_TRY(const std::unique_ptr<File> file,
               directory.open_segment(segment.id, OpenMode::ReadOnly));
    BATPAK_TRY(const SegmentHeader header, header_of(*file, segment));
    const auto pass = [](const Frame&, std::uint64_t) { return Result<void>(); };
    BATPAK_TRY(const ScanEnd end,
               scan_segment(*file, segment.bytes, header, {SegmentHeader::kBytes, segment.first},
                            pass, visit));
    if (end.offset == segment.bytes && end.next == segment.end) return {};
    return fail(damaged_in(segment.id, end.offset, end.next));
}

// The bodies of the events of several segments, one after the other.
class SourceEvents {
public:
    SourceEvents(StoreDirectory& directory, std::span<const SealedSegment> sources)
        : directory_(directory), sources_(sources) {}

    // Empty behind the last one. Borrows: until the next call.
    Result<BytesView> next() {
        for (;;) {
            BATPAK_ASSERT(!reader_ || offset_ <= sources_[at_].bytes);
            if (!reader_ || offset_ == sources_[at_].bytes) {
                BATPAK_TRY(const bool entered, enter_next());
                if (!entered) return BytesView();
                continue;
            }
            BATPAK_TRY(const CheckedFrame frame, reader_->at(offset_, sources_[at_].bytes));
            if (frame.status != FrameStatus::Valid)
                return fail(damaged_in(sources_[at_].id, offset_, sources_[at_].first));
            offset_ += frame.frame_bytes;
            const auto front =
                read_front(frame.body.first(std::min(frame.body.size(), kBodyFrontBytes)),
                           static_cast<std::uint32_t>(frame.body.size()));
            if (front && front->type == FrameType::Event) return frame.body;
        }
    }

private:
    Result<bool> enter_next() {
        if (reader_) ++at_;
        BATPAK_ASSERT(at_ <= sources_.size());
        if (at_ == sources_.size()) return false;
        BATPAK_TRY(file_, directory_.open_segment(sources_[at_].id, OpenMode::ReadOnly));
        BATPAK_TRY(const SegmentHeader header, header_of(*file_, sources_[at_]));
        reader_.emplace(*file_, header.salt, kScanWindowBytes);
        offset_ = SegmentHeader::kBytes;
        return true;
    }

    StoreDirectory& directory_;
    const std::span<const SealedSegment> sources_;
    std::size_t at_ = 0;
    std::uint64_t offset_ = 0;
    std::unique_ptr<File> file_;
    std::optional<FrameReader> reader_;
};

Result<BytesView> changed(const BodyChange& change, const Frame& frame, BytesView body) {
    if (!change || frame.type != FrameType::Event) return body;
    return change(frame, body);
}

// The same of a body that was not decoded yet; empty behind the last one.
Result<BytesView> changed(const BodyChange& change, BytesView body) {
    if (!change || body.empty()) return body;
    BATPAK_TRY(const Frame frame, decode_body(body));
    return changed(change, frame, body);
}

Error differs(const SealedSegment& merged, Sequence sequence) {
    return Error(ErrorCode::Io, "what was merged reads back as something else: nothing was changed")
        .at(segment_place(merged.id))
        .at_sequence(sequence);
}

}  // namespace

Result<std::optional<SealedSegment>> merge_segments(StoreDirectory& directory,
                                                    std::span<const SealedSegment> sources,
                                                    const SegmentHeader& header, File& target,
                                                    const BodyChange& change,
                                                    const CopyStep& step) {
    BATPAK_ASSERT(!sources.empty() && sources.front().first == header.first);
    MergeWriter writer(target, header, step);
    const auto take = [&](const Frame& frame, BytesView body, std::uint64_t) -> Result<void> {
        BATPAK_TRY(const BytesView kept, changed(change, frame, body));
        return writer.take(frame, kept);
    };
    const std::optional<SealedSegment> none;
    for (const SealedSegment& source : sources) {
        const Result<void> scanned = scan_source(directory, source, take);
        if (writer.stopped()) return none;
        BATPAK_CHECK(scanned);
    }
    const SealedSegment merged{header.segment_id, header.first, sources.back().end,
                               writer.offset()};
    const Result<void> finished = writer.finish();
    if (writer.stopped()) return none;
    BATPAK_CHECK(finished);
    BATPAK_ASSERT(merged.bytes <= kSegmentBytesMax);
    return std::optional(merged);
}

Result<bool> prove_merged(StoreDirectory& directory, std::span<const SealedSegment> sources,
                          const SegmentHeader& header, const SealedSegment& merged, File& target,
                          const BodyChange& change, const CopyStep& step,
                          const EventVisitor& visit) {
    BATPAK_ASSERT(!sources.empty() && sources.back().end == merged.end);
    BATPAK_TRY(const SegmentHeader found, header_of(target, merged));
    if (found != header) return fail(differs(merged, merged.first));
    SourceEvents events(directory, sources);
    bool stopped = false;
    const auto compare = [&](const Frame& frame, BytesView body, std::uint64_t) -> Result<void> {
        stopped = stopped || !step(0);
        if (stopped) return fail(ErrorCode::OutcomeCancelled);
        if (frame.type != FrameType::Event) return {};
        // Frame by frame, and not by the scan that it was written with: a mistake of the scan would
        // agree with itself.
        BATPAK_TRY(const BytesView source, events.next());
        BATPAK_TRY(const BytesView expected, changed(change, source));
        if (!equal_bytes(expected, body)) return fail(differs(merged, frame.sequence));
        return {};
    };
    const auto scanned = scan_segment(target, merged.bytes, header,
                                      {SegmentHeader::kBytes, merged.first}, visit, compare);
    if (stopped) return false;
    if (!scanned) return fail(scanned.error());
    BATPAK_TRY(const BytesView rest, events.next());
    const bool whole = scanned->offset == merged.bytes && scanned->next == merged.end;
    if (!whole || !rest.empty()) return fail(differs(merged, scanned->next));
    // The scan stopped where it was told to. A sealed file must end there as well.
    BATPAK_TRY(const FileStat stat, target.stat());
    if (stat.size_bytes != merged.bytes) return fail(differs(merged, merged.end));
    return true;
}

}  // namespace batpak::store
