// A moment of a log as a list of whole segments. An earlier one ends inside a segment: there a scan
// finds the border, which is the first byte after the events before it and after the marks that
// follow them.
#include "store/copy/log_moment.hpp"

#include <algorithm>
#include <optional>

#include "batpak/base/assert.hpp"
#include "store/copy/segment_copy.hpp"
#include "store/log/segment_scan.hpp"

namespace batpak::store {
namespace {

// Where the first frame of what comes after the events before `end` starts, but for marks.
struct Border {
    std::optional<std::uint64_t> offset;
    bool is_inside_batch = false;
};

// Marks before the border stay in the copy: they testify for events that are in it. That a batch is
// cut is found here, because it cannot be said of a sequence alone.
Result<Border> border_in(File& file, const SegmentHeader& header, const SealedSegment& segment,
                         Sequence end) {
    Border border;
    const auto pass = [](const Frame&, std::uint64_t) { return Result<void>(); };
    const auto look = [&](const Frame& frame, BytesView, std::uint64_t offset) -> Result<void> {
        const bool begins = frame.type == FrameType::Event || frame.type == FrameType::BatchBegin;
        if (border.offset || !begins || frame.sequence < end) return {};
        border.offset = offset;
        border.is_inside_batch = frame.type == FrameType::Event && frame.event.batch_index > 0;
        return {};
    };
    BATPAK_TRY(const ScanEnd scanned,
               scan_segment(file, segment.bytes, header, {SegmentHeader::kBytes, segment.first},
                            pass, look));
    if (!border.offset) return fail(damaged_in(segment.id, scanned.offset, scanned.next));
    return border;
}

}  // namespace

std::vector<SealedSegment> LogMoment::segments() const {
    BATPAK_ASSERT(active_bytes >= SegmentHeader::kBytes && end >= manifest.active.first);
    std::vector<SealedSegment> all = manifest.sealed;
    if (active_bytes > SegmentHeader::kBytes)
        all.push_back({manifest.active.id, manifest.active.first, end, active_bytes});
    return all;
}

Result<LogMoment> moment_before(StoreDirectory& directory, LogMoment moment, Sequence end) {
    if (end > moment.end) {
        return fail(
            Error(ErrorCode::InvalidArgument, "the store has fewer events").at_sequence(end));
    }
    BATPAK_ASSERT(!moment.manifest.prune || moment.manifest.prune->intent < end);
    if (end == moment.end) return moment;
    const std::vector<SealedSegment> all = moment.segments();
    const auto holds = [&](const SealedSegment& segment) { return end < segment.end; };
    const auto found = std::ranges::find_if(all, holds);
    BATPAK_ASSERT(found != all.end());
    BATPAK_TRY(const std::unique_ptr<File> file,
               directory.open_segment(found->id, OpenMode::ReadOnly));
    BATPAK_TRY(const SegmentHeader header, header_of(*file, *found));
    BATPAK_TRY(const Border border, border_in(*file, header, *found, end));
    if (border.is_inside_batch) {
        return fail(Error(ErrorCode::InvalidArgument,
                          "the log never ended there: that event is inside a batch")
                        .at_sequence(end));
    }
    moment.manifest.sealed.assign(all.begin(), found);
    moment.manifest.active = {found->id, found->first};
    // An era that begins at or after the end has no event before it; the first one stays, which
    // names the log.
    const auto is_later = [&](const Era& era) { return era.from >= end; };
    auto& eras = moment.manifest.eras;
    eras.erase(std::find_if(eras.begin() + 1, eras.end(), is_later), eras.end());
    moment.active_bytes = *border.offset;
    moment.end = end;
    return moment;
}

}  // namespace batpak::store
