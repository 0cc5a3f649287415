// The header lists the steps, and what a crash after each leaves. What fails before the swap is
// taken back by drop(). A swap that poisons takes nothing back, because either MANIFEST may be in
// force.
//
// Only reads and changes of the MANIFEST run on the leader's turn (run_in_order()), because appends
// wait for them. Events are read, written and proved beside the appends.
#include "store/compact/segment_rewriter.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/exceptions.hpp"
#include "batpak/base/assert.hpp"

namespace batpak::store {

Result<Manifest> SegmentRewriter::begin() {
    BATPAK_TRY(Manifest manifest, manifest_now());
    if (manifest.gone.empty()) return manifest;
    clean_up(is_sound_);
    return manifest_now();
}

Result<Manifest> SegmentRewriter::manifest_now() {
    std::optional<Manifest> manifest;
    BATPAK_CHECK(log_.run_in_order([&](const Committer& committer) -> Result<void> {
        manifest = committer.manifest();
        is_sound_ = !directory_.manifest_needs_repair();
        return {};
    }));
    return *std::move(manifest);
}

Result<bool> SegmentRewriter::rewrite(const MergeGroup& group, const BodyChange& change) {
    BATPAK_ASSERT(!group.empty());
    BATPAK_TRY(const std::uint64_t id, announce());
    Result<std::optional<MadeSegment>> made = caught([&] { return make(group, id, change); });
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
    BATPAK_ASSERT(report_.segments_after >= group.size());
    report_.segments_after -= group.size() - 1;
    report_.bytes_after += (*made)->segment.bytes;
    report_.bytes_after -= bytes_of(group);
    clean_up(*is_sound);
    return true;
}

// The file comes only when both MANIFESTs know of it.
Result<std::uint64_t> SegmentRewriter::announce() {
    std::uint64_t id = 0;
    BATPAK_CHECK(adopt([&](const Manifest& now) {
        id = now.next_id();
        BATPAK_ASSERT(id > now.active.id);  // no file has it
        return now.with_announced();
    }));
    return id;
}

// Nothing if it was stopped.
Result<std::optional<SegmentRewriter::MadeSegment>> SegmentRewriter::make(
    const MergeGroup& group, std::uint64_t id, const BodyChange& change) {
    BATPAK_TRY(const SegmentHeader header, header_of_new(group, id));
    BATPAK_TRY(const std::unique_ptr<File> file, directory_.begin_segment_copy(id));
    const std::optional<MadeSegment> none;
    BATPAK_TRY(const std::optional<SealedSegment> merged,
               merge_segments(directory_, group, header, *file, change, step_));
    if (!merged) return none;
    BATPAK_ASSERT(merged->id == id && merged->first == header.first);
    // One read of the new file gives the proof and the index.
    const auto index = std::make_shared<MemoryIndex>(header.first, side_.key_hash());
    const auto add = [&](const Frame& frame, std::uint64_t offset) -> Result<void> {
        index->add(indexed_event(frame, offset));
        return {};
    };
    BATPAK_TRY(const bool proved,
               prove_merged(directory_, group, header, *merged, *file, change, step_, add));
    if (!proved) return none;
    BATPAK_CHECK(directory_.name_segment_copies(std::array{id}));
    const LogRun run{header, merged->first, merged->end, SegmentHeader::kBytes, merged->bytes};
    MadeSegment made{*merged, nullptr};
    if (merged->first == merged->end) {
        made.run = std::make_shared<RunHandle>(run, side_.indexes());
        return std::optional(std::move(made));
    }
    BATPAK_TRY(std::shared_ptr<const Index> stored, side_.indexes().store(index, run));
    made.run = std::make_shared<RunHandle>(run, std::move(stored), side_.indexes());
    return std::optional(std::move(made));
}

Result<SegmentHeader> SegmentRewriter::header_of_new(const MergeGroup& group, std::uint64_t id) {
    BATPAK_TRY(const std::unique_ptr<File> first,
               directory_.open_segment(group.front().id, OpenMode::ReadOnly));
    BATPAK_TRY(SegmentHeader header, header_of(*first, group.front()));
    header.segment_id = id;
    // A salt of its own: no frame of the old files checks out in this one, wherever it stands.
    log_.entropy.fill(header.salt);
    return header;
}

// Whether the copy of the MANIFEST says the same.
Result<bool> SegmentRewriter::swap(const MergeGroup& group, const MadeSegment& made) {
    std::vector<std::uint64_t> replaced;
    for (const SealedSegment& old : group) replaced.push_back(old.id);
    bool is_sound = false;
    BATPAK_CHECK(log_.run_in_order([&](Committer& committer) -> Result<void> {
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
void SegmentRewriter::drop(std::uint64_t id) noexcept {
    (void)caught([&]() -> Result<void> {
        directory_.drop_segment_copy(id);
        clean_up(true);
        return {};
    });
}

// Removes what is gone, once neither MANIFEST lists it, unless a snapshot is being made.
void SegmentRewriter::clean_up(bool is_sound) noexcept {
    // Set first, so that every early return leaves it set.
    report_.cleanup_pending = true;
    if (log_.is_copied()) return;
    const Result<void> done = caught([&]() -> Result<void> {
        if (!is_sound) BATPAK_CHECK(adopt([](const Manifest& now) { return now.once_more(); }));
        BATPAK_TRY(const Manifest manifest, manifest_now());
        BATPAK_CHECK(directory_.remove_gone(manifest));
        // Their room is free when nobody has them open any more.
        for (const std::uint64_t id : manifest.gone) side_.files().forget(id);
        side_.indexes().remove_unlisted_parts(manifest);
        return log_.run_in_order([&](Committer& committer) -> Result<void> {
            BATPAK_CHECK(committer.adopt(committer.manifest().without_gone()));
            return {};
        });
    });
    report_.cleanup_pending = !done;
}

Error SegmentRewriter::copy_not_written() {
    return Error(ErrorCode::Io, "it could not be written: compact again").at("MANIFEST.copy");
}

}  // namespace batpak::store
