// SegmentRewriter: puts one new segment in the place of some that follow one another, step by step.
// What a crash behind each leaves (INV K3):
//
//     announce  the MANIFEST says of a new id that its file is gone       an id that is not used
//     write     all events of the old segments, to a temporary file       a file that is removed
//     prove     the file is read back and compared; its index is made     likewise
//     name      the file gets the name of the new id                      likewise: it is "gone"
//     swap      the MANIFEST lists the new segment, and says of the old   the new segment
//               ones that they are gone; readers see it from here on
//     remove    the old files                                             files that are removed
//     forget    the MANIFEST says nothing of them any more                a store without them
//
// Announce, swap and forget are changes of the MANIFEST, each on the leader's turn, between two
// groups of appends; the rest runs beside them. What fails before the swap has changed nothing but
// the MANIFEST's list of what is gone.
//
// Threads: thread-compatible; one at a time for a store
// Errors:  those of a source, after which it is as it was; those of files; Poisoned
#pragma once

#include <memory>
#include <optional>

#include "batpak/store/compaction.hpp"
#include "store/compact/log_writer.hpp"
#include "store/copy/merge_plan.hpp"
#include "store/copy/segment_copy.hpp"
#include "store/copy/segment_merge.hpp"
#include "store/view/read_side.hpp"

namespace batpak::store {

class SegmentRewriter {
public:
    // Borrows: all of it. In the report go the sizes after it, and what is still to be cleaned up.
    SegmentRewriter(LogWriter& log, CompactionReport& report, const CopyStep& step)
        : log_(log),
          side_(*log.side),
          directory_(side_.directory()),
          report_(report),
          step_(step) {}

    // As it is now, when what an earlier compaction has left was removed, if it can be.
    [[nodiscard]] Result<Manifest> begin();
    [[nodiscard]] Result<Manifest> manifest_now();
    // False if `step` ended it: then all is as it was.
    [[nodiscard]] Result<bool> rewrite(const MergeGroup& group, const BodyChange& change);
    // Puts in force what `make` makes of the present manifest. Errors: Io, if its copy could not be
    // written: it is in force.
    template <class Make>
    [[nodiscard]] Result<void> adopt(const Make& make) {
        bool is_sound = false;
        BATPAK_CHECK(log_.run_in_order([&](Committer& committer) -> Result<void> {
            BATPAK_TRY(is_sound, committer.adopt(make(committer.manifest())));
            return {};
        }));
        return is_sound ? Result<void>() : fail(copy_not_written());
    }

private:
    // A segment that is whole, and not part of the log yet.
    struct MadeSegment {
        SealedSegment segment;
        std::shared_ptr<const RunHandle> run;
    };

    [[nodiscard]] Result<std::uint64_t> announce();
    [[nodiscard]] Result<std::optional<MadeSegment>> make(const MergeGroup& group, std::uint64_t id,
                                                          const BodyChange& change);
    [[nodiscard]] Result<SegmentHeader> header_of_new(const MergeGroup& group, std::uint64_t id);
    [[nodiscard]] Result<bool> swap(const MergeGroup& group, const MadeSegment& made);
    void drop(std::uint64_t id) noexcept;
    void clean_up(bool is_sound) noexcept;
    static Error copy_not_written();

    LogWriter& log_;
    ReadSide& side_;
    StoreDirectory& directory_;
    CompactionReport& report_;
    const CopyStep& step_;
    bool is_sound_ = false;  // the copy of the MANIFEST, when it was last looked at
};

}  // namespace batpak::store
