// A merge, step by step, and what a crash behind each leaves (INV K3):
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
#include "batpak/store/compaction.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/exceptions.hpp"
#include "batpak/base/assert.hpp"
#include "batpak/base/detail/cancellation.hpp"
#include "batpak/store/store.hpp"
#include "store/copy/merge_plan.hpp"
#include "store/copy/over_compaction.hpp"
#include "store/copy/segment_merge.hpp"
#include "store/engine.hpp"

namespace batpak {
namespace {

using store::Committer;
using store::Engine;
using store::LogRun;
using store::Manifest;
using store::MergeGroup;
using store::RunHandle;
using store::SealedSegment;
using store::SegmentHeader;
using store::StoreDirectory;

// A segment that is whole, and not part of the log yet.
struct MadeSegment {
    SealedSegment segment;
    std::shared_ptr<const RunHandle> run;
};

class Compaction {
public:
    // Borrows: both.
    Compaction(Engine& engine, const Merge& merge)
        : engine_(engine),
          side_(*engine.side()),
          directory_(side_.directory()),
          merge_(merge),
          step_([this](std::uint64_t bytes) { return step(bytes); }) {}

    Result<CompactionReport> run() {
        BATPAK_TRY(Manifest manifest, manifest_now());
        // Of one that was cut short.
        if (!manifest.gone.empty()) clean_up(directory_is_sound_);
        BATPAK_TRY(const std::vector<MergeGroup> groups,
                   store::plan_merge(directory_, manifest, merge_));
        const CompactionReport plan = store::report_of_plan(manifest, groups);
        report_.segments_before = report_.segments_after = plan.segments_before;
        report_.bytes_before = report_.bytes_after = plan.bytes_before;
        for (const MergeGroup& group : groups) progress_.bytes_total += store::bytes_of(group);
        for (const MergeGroup& group : groups) {
            report_.stopped = merge_.stop.stop_requested();
            if (report_.stopped) break;
            BATPAK_TRY(const bool merged, merge_group(group));
            if (!merged) break;
        }
        return report_;
    }

private:
    bool step(std::uint64_t bytes) {
        progress_.bytes += bytes;
        if (bytes > 0 && merge_.progress) merge_.progress(progress_);
        return !merge_.stop.stop_requested() && side_.is_usable();
    }

    Result<Manifest> manifest_now() {
        std::optional<Manifest> manifest;
        BATPAK_CHECK(engine_.run_in_order([&](const Committer& committer) -> Result<void> {
            manifest = committer.manifest();
            directory_is_sound_ = !directory_.manifest_needs_repair();
            return {};
        }));
        return *std::move(manifest);
    }

    // False if it was stopped.
    Result<bool> merge_group(const MergeGroup& group) {
        BATPAK_ASSERT(!group.empty());
        BATPAK_TRY(const std::uint64_t id, announce());
        Result<std::optional<MadeSegment>> made = caught([&] { return make(group, id); });
        report_.stopped = made && !*made;
        if (!made || !*made) {
            drop(id);
            if (!made) return fail(std::move(made).error());
            return false;
        }
        const Result<bool> is_sound = swap(group, **made);
        if (!is_sound) {
            // Poisoned, either MANIFEST may be in force: the next open finds out.
            if (is_sound.error().code() != ErrorCode::Poisoned) drop(id);
            return fail(is_sound.error());
        }
        report_.segments_merged += group.size();
        report_.segments_made += 1;
        report_.segments_after -= group.size() - 1;
        report_.bytes_after -= store::bytes_of(group) - (*made)->segment.bytes;
        clean_up(*is_sound);
        return true;
    }

    Result<std::uint64_t> announce() {
        std::uint64_t id = 0;
        BATPAK_CHECK(engine_.run_in_order([&](Committer& committer) -> Result<void> {
            id = committer.manifest().next_id();
            // The file comes only when both MANIFESTs know of it.
            BATPAK_TRY(const bool is_sound, committer.adopt(committer.manifest().with_announced()));
            return is_sound ? Result<void>() : fail(copy_not_written());
        }));
        return id;
    }

    // Nothing if it was stopped.
    Result<std::optional<MadeSegment>> make(const MergeGroup& group, std::uint64_t id) {
        BATPAK_TRY(const SegmentHeader header, header_of_merged(group, id));
        BATPAK_TRY(const std::unique_ptr<File> file, directory_.begin_segment_copy(id));
        const std::optional<MadeSegment> none;
        BATPAK_TRY(const std::optional<SealedSegment> merged,
                   store::merge_segments(directory_, group, header, *file, step_));
        if (!merged) return none;
        BATPAK_ASSERT(merged->id == id && merged->first == header.first);
        store::MemoryIndex index(header.first, side_.key_hash());
        const auto add = [&](const store::Frame& frame, std::uint64_t offset) -> Result<void> {
            index.add(store::indexed_event(frame, offset));
            return {};
        };
        BATPAK_TRY(const bool proved,
                   store::prove_merged(directory_, group, header, *merged, *file, step_, add));
        if (!proved) return none;
        BATPAK_CHECK(directory_.name_segment_copies(std::array{id}));
        const LogRun run{header, merged->first, merged->end, SegmentHeader::kBytes, merged->bytes};
        MadeSegment made{*merged, nullptr};
        if (merged->first == merged->end) {
            made.run = std::make_shared<RunHandle>(run, side_.indexes());
            return std::optional(std::move(made));
        }
        BATPAK_TRY(std::shared_ptr<const store::Index> stored, side_.indexes().store(index, run));
        made.run = std::make_shared<RunHandle>(run, std::move(stored), side_.indexes());
        return std::optional(std::move(made));
    }

    Result<SegmentHeader> header_of_merged(const MergeGroup& group, std::uint64_t id) {
        BATPAK_TRY(const std::unique_ptr<File> first,
                   directory_.open_segment(group.front().id, OpenMode::ReadOnly));
        BATPAK_TRY(SegmentHeader header, store::header_of(*first, group.front()));
        header.segment_id = id;
        engine_.config().environment().entropy->fill(header.salt);
        return header;
    }

    // Whether the copy of the MANIFEST says the same.
    Result<bool> swap(const MergeGroup& group, const MadeSegment& made) {
        std::vector<std::uint64_t> replaced;
        for (const SealedSegment& old : group) replaced.push_back(old.id);
        bool is_sound = false;
        BATPAK_CHECK(engine_.run_in_order([&](Committer& committer) -> Result<void> {
            const Manifest& now = committer.manifest();
            const auto first = std::ranges::find(now.sealed, group.front());
            BATPAK_ASSERT(first != now.sealed.end());  // only a compaction takes it away
            const auto place = static_cast<std::size_t>(first - now.sealed.begin());
            BATPAK_ASSERT(place + group.size() <= now.sealed.size());
            Manifest next = now.with_merged(place, group.size(), made.segment);
            BATPAK_TRY(is_sound, committer.adopt(std::move(next), replaced, made.run));
            return {};
        }));
        return is_sound;
    }

    // What was announced and not made: the next clean_up() has the rest to do.
    void drop(std::uint64_t id) noexcept {
        (void)caught([&]() -> Result<void> {
            directory_.drop_segment_copy(id);
            clean_up(true);
            return {};
        });
    }

    // Removes what is gone, once neither MANIFEST lists it, unless a snapshot is being made.
    void clean_up(bool is_sound) noexcept {
        report_.cleanup_pending = true;
        if (engine_.copies() > 0) return;
        const Result<void> done = caught([&]() -> Result<void> {
            if (!is_sound) BATPAK_CHECK(write_copy_again());
            BATPAK_TRY(const Manifest manifest, manifest_now());
            BATPAK_CHECK(directory_.remove_gone(manifest));
            // Their room is free when nobody has them open any more.
            for (const std::uint64_t id : manifest.gone) side_.files().forget(id);
            side_.indexes().remove_unlisted_parts(manifest);
            return engine_.run_in_order([&](Committer& committer) -> Result<void> {
                BATPAK_CHECK(committer.adopt(committer.manifest().without_gone()));
                return {};
            });
        });
        report_.cleanup_pending = !done;
    }

    Result<void> write_copy_again() {
        return engine_.run_in_order([&](Committer& committer) -> Result<void> {
            BATPAK_TRY(const bool is_sound, committer.adopt(committer.manifest().once_more()));
            return is_sound ? Result<void>() : fail(copy_not_written());
        });
    }

    static Error copy_not_written() {
        return Error(ErrorCode::Io, "it could not be written: nothing was compacted")
            .at("MANIFEST.copy");
    }

    Engine& engine_;
    store::ReadSide& side_;
    StoreDirectory& directory_;
    const Merge& merge_;
    const store::CopyStep step_;
    bool directory_is_sound_ = false;
    CompactionReport report_;
    CopyProgress progress_;
};

}  // namespace

Result<CompactionReport> Store::compact(const Merge& merge) {
    const CancellationBlock no_cancellation;
    BATPAK_CHECK(side_->check());
    const std::unique_lock running(engine_->compaction(), std::try_to_lock);
    if (!running) {
        return fail(Error(ErrorCode::CompactionRunning,
                          "another call compacts this store: wait until it has ended")
                        .at(side_->directory().path()));
    }
    return Compaction(*engine_, merge).run();
}

Result<CompactionReport> plan_compaction(const StoreConfig& store, const Merge& merge) {
    BATPAK_CHECK(store.validate());
    BATPAK_TRY(const std::unique_ptr<StoreDirectory> directory,
               StoreDirectory::open_for_reading(store));
    return store::over_compaction(*directory, [&]() -> Result<CompactionReport> {
        BATPAK_TRY(const std::optional<Manifest> manifest, directory->look_at_manifest());
        if (!manifest) return fail(Error(ErrorCode::NotAStore).at(store.directory()));
        BATPAK_TRY(const std::vector<MergeGroup> groups,
                   store::plan_merge(*directory, *manifest, merge));
        return store::report_of_plan(*manifest, groups);
    });
}

}  // namespace batpak
