// An index is moved in three steps, each of which leaves something that serves:
//
//     a file of the whole segment -> a snapshot with that in place of the parts -> the parts' files
//
// Only then are the parts removed: a crash before that leaves files that are in the way of nothing,
// and readers that pinned an older snapshot go on with what they have (INV I5).
#include "store/commit/sealing.hpp"

#include <algorithm>
#include <vector>

#include "base/exceptions.hpp"
#include "batpak/base/assert.hpp"

namespace batpak::store {
namespace {

// With this many parts, or when the new one would be no small one, they are made into one. Few, so
// that an open has few files to read. And a merge that is done because the new part is the larger
// one at most doubles what the close writes.
constexpr std::size_t kLeadingPartsMax = 4;

}  // namespace

// The two looks before the work cost an append one load, and no wait: what another thread is
// storing is left to it.
void Sealing::store_all_before(std::uint64_t active) noexcept {
    if (first_untried_.load(std::memory_order_relaxed) == active) return;
    if (!mutex_.try_lock()) return;
    while (stored_ + 1 < active) {
        const std::uint64_t segment_id = stored_ + 1;
        const auto stored = caught([&] { return store(segment_id); });
        // What is damaged stays so, and does not hold up those after it.
        const bool is_passing = !stored && (stored.error().error_class() == ErrorClass::Io ||
                                            stored.error().error_class() == ErrorClass::Full);
        if (is_passing) break;
        ++stored_;
    }
    first_untried_.store(active, std::memory_order_relaxed);
    mutex_.unlock();
}

Result<void> Sealing::store(std::uint64_t segment_id) {
    const std::shared_ptr<const Snapshot> before = side_->snapshots().get();
    std::vector<std::shared_ptr<const RunHandle>> of_segment;
    for (const auto& handle : before->runs) {
        if (handle->run().header.segment_id == segment_id) of_segment.push_back(handle);
    }
    const bool is_stored =
        of_segment.size() <= 1 && (of_segment.empty() || !of_segment[0]->memory());
    if (is_stored) return {};
    // Several parts are one segment that was appended to in several opens, each of which left a
    // part at its close.
    LogRun whole = of_segment.front()->run();
    whole.end = of_segment.back()->run().end;
    whole.end_offset = of_segment.back()->run().end_offset;
    const bool alone = of_segment.size() == 1;
    auto index = alone ? side_->indexes().store(of_segment[0]->memory(), whole)
                       : side_->indexes().make_whole(whole);
    if (!index) return fail(std::move(index).error());

    BATPAK_CHECK(side_->snapshots().update([&](const Snapshot& now) -> Result<SnapshotCell::Ready> {
        Snapshot after = now;
        const auto belongs = [&](const auto& handle) {
            return handle->run().header.segment_id == segment_id;
        };
        const auto first = std::ranges::find_if(after.runs, belongs);
        // A compaction may have replaced the segment meanwhile.
        if (first == after.runs.end()) return SnapshotCell::Ready(std::move(after));
        *first = std::make_shared<RunHandle>(whole, *std::move(index), side_->indexes());
        after.runs.erase(std::remove_if(first + 1, after.runs.end(), belongs), after.runs.end());
        return SnapshotCell::Ready(std::move(after));
    }));
    side_->indexes().remove_other_parts(segment_id, whole.first);
    return {};
}

void Sealing::store_last(const Committer::ClosedLog& closed) {
    BATPAK_ASSERT(closed.index->first() == closed.run.first);
    BATPAK_ASSERT(closed.index->end() == closed.run.end);
    if (closed.run.first == closed.run.end) return;
    std::size_t leading = 0;
    // Held: appends that ended just now may still replace it, to store the index of a sealed
    // segment.
    const std::shared_ptr<const Snapshot> snapshot = side_->snapshots().get();
    for (const auto& handle : snapshot->runs) {
        if (handle->run().header.segment_id == closed.run.header.segment_id) ++leading;
    }
    BATPAK_ASSERT(leading > 0);
    --leading;  // the run of `closed` itself
    const std::uint64_t old_events = closed.run.first.value - closed.run.header.first.value;
    const std::uint64_t new_events = closed.run.end.value - closed.run.first.value;
    LogRun whole = closed.run;
    whole.first = whole.header.first;
    whole.start_offset = SegmentHeader::kBytes;
    // A failure costs the next open time, and nothing else.
    if (leading > 0 && (leading >= kLeadingPartsMax || old_events <= new_events)) {
        if (side_->indexes().make_whole(whole)) {
            side_->indexes().remove_other_parts(whole.header.segment_id, whole.first);
            return;
        }
    }
    (void)side_->indexes().store(closed.index, closed.run);
}

}  // namespace batpak::store
