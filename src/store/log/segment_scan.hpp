// The scan of a segment: its frames in order, and what lies behind the last good one.
//
// The scan only finds out; recovery_table.hpp decides. Two passes never disagree, because every
// open, every verification and every rebuild of an index goes through here.
//
// Threads: the functions are thread-safe; a FrameScanner is thread-compatible
// Errors:  Io from the file
#pragma once

#include <cstdint>
#include <functional>

#include "batpak/base/file_system.hpp"
#include "batpak/base/result.hpp"
#include "store/frame/frame.hpp"
#include "store/frame/frame_heads.hpp"
#include "store/frame/segment_header.hpp"
#include "store/frame/window_reader.hpp"
#include "store/log/recovery_table.hpp"

namespace batpak::store {

// Where a scan starts: a frame border, and the sequence of the next event.
struct ScanStart {
    std::uint64_t offset = SegmentHeader::kBytes;
    Sequence next;
};

struct ScanEnd {
    std::uint64_t offset = 0;  // behind the last event, whole batch or mark
    Sequence next;             // end of the events up to there
    Sequence durable_end;      // the highest that a frame up to there testifies
    Behind behind = Behind::Nothing;
    OpenBatch open_batch = OpenBatch::No;
    bool ends_with_mark = false;
    FrameHeads heads;  // of the frames from the start of the scan up to `offset`
};

// Called for each event of a single or of a whole batch, in order. `frame_offset` is where its
// frame starts. Borrows: the frame, for the call. An error ends the scan.
using EventVisitor = std::function<Result<void>(const Frame& frame, std::uint64_t frame_offset)>;

// Called for each frame that may stand where it does, in order, before it is known whether its
// batch is whole. `body` is what it was decoded from. Borrows: both, for the call.
using FrameVisitor =
    std::function<Result<void>(const Frame& frame, BytesView body, std::uint64_t frame_offset)>;

// Whether all bytes are zero: what space that was reserved and not used reads as.
bool are_zeros(BytesView bytes) noexcept;

// Scans [start.offset, file_bytes).
[[nodiscard]] Result<ScanEnd> scan_segment(File& file, std::uint64_t file_bytes,
                                           const SegmentHeader& header, const ScanStart& start,
                                           const EventVisitor& visit);
[[nodiscard]] Result<ScanEnd> scan_segment(File& file, std::uint64_t file_bytes,
                                           const SegmentHeader& header, const ScanStart& start,
                                           const EventVisitor& visit,
                                           const FrameVisitor& visit_frame);

// Called where events are missing: so many, before the next one that is visited or at the end.
// `offset` is where the damage starts.
using MissingVisitor = std::function<void(std::uint64_t offset, std::uint64_t count)>;

// Scans a run of a segment that is known to be whole up to [end_offset, end), past what is damaged
// in it: each event that is left is visited, in order, and what is missing between is counted. A
// frame of a batch counts by itself. Errors: those of `visit`; CorruptSegment if so many events
// never stood there.
[[nodiscard]] Result<void> scan_past_damage(File& file, const SegmentHeader& header,
                                            const ScanStart& start, const ScanStart& end,
                                            const EventVisitor& visit,
                                            const MissingVisitor& missing);

// Whether any frame behind `offset` testifies that more than `next` events were durable: its checks
// hold, and its body starts as a frame's that says so. What comes behind that start is not judged:
// anyone who can make the checks hold could make it right as well.
[[nodiscard]] Result<Testimony> find_testimony(File& file, std::uint64_t file_bytes,
                                               const SegmentHeader& header, std::uint64_t offset,
                                               Sequence next);

}  // namespace batpak::store
