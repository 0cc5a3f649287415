// Erasure: takes payloads out of the log, step by step. What a crash behind each leaves (INV K5):
//
//     seal      the active segment ends, if it has an event concerned     one more segment
//     intend    PruneIntended, durable, names the events                  an event without effect
//     in force  the MANIFEST names that event as pending                  a pending erasure
//     rewrite   each segment that has such payloads (segment_rewriter.hpp)  likewise
//     forget    the files under lost/, and what failed compactions left   likewise
//     record    Pruned, durable                                           likewise
//     done      the MANIFEST names the intent as done                     an erasure
//
// From "in force" on no reader is given these payloads, and finish() goes on where it ended.
//
// Threads: thread-compatible; one at a time for a store
// Errors:  those of SegmentRewriter, of appending and of reading
#pragma once

#include <string>

#include "store/compact/segment_rewriter.hpp"
#include "store/erasure/sequence_set.hpp"
#include "store/view/erasures.hpp"

namespace batpak::store {

class Erasure {
public:
    // Borrows: all of it.
    Erasure(LogWriter& log, SegmentRewriter& rewriter, CompactionReport& report,
            CopyProgress& progress)
        : log_(log), side_(*log.side), rewriter_(rewriter), report_(report), progress_(progress) {}

    // Finishes the one that is pending, if there is one. Whether none is now.
    [[nodiscard]] Result<bool> finish();
    // Requires: none is pending; all of the events are there, and in sealed segments.
    [[nodiscard]] Result<bool> erase(const SequenceSet& erased, const std::string& reason);

private:
    [[nodiscard]] Result<bool> run(const Prune& prune, const SequenceSet& erased);
    // False if it was stopped.
    [[nodiscard]] Result<bool> rewrite_segments(const SequenceSet& erased);
    [[nodiscard]] Result<std::vector<SealedSegment>> segments_with_payloads(
        const SequenceSet& erased);
    [[nodiscard]] Result<bool> has_payloads(const SealedSegment& segment,
                                            const SequenceSet& erased);
    [[nodiscard]] Result<void> remove_leftovers();
    [[nodiscard]] Result<void> record(Sequence intent);
    [[nodiscard]] Result<bool> is_recorded(Sequence intent);

    LogWriter& log_;
    ReadSide& side_;
    SegmentRewriter& rewriter_;
    CompactionReport& report_;
    CopyProgress& progress_;
    std::uint64_t bytes_gone_ = 0;
    std::uint64_t segments_ = 0;
};

}  // namespace batpak::store
