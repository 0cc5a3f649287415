// Committer: the only code that appends to the log.
//
// It is called by the leader of the commit queue with the items of one wave, and works through
// them in groups. The order of the steps of one group is the durability contract
// (INV W1):
//
//     stage -> write -> sync, if anybody asked -> index -> publish -> answer
//
// Nobody reads an event, and nobody hears "stored", before it is where its durability says.
//
// Whatever runs out, the items are answered: nothing is thrown out of here. All memory that
// indexing and publishing need is taken before the write, so that what is in the log can be shown
// (INV W8).
//
// After a failed sync, or a failed write that could not be undone, nobody knows what the disk
// holds, so nothing may be built on it: the committer is poisoned and every later item fails with
// the first error, until the store is opened again (INV W4).
//
// Threads: thread-compatible; the leader owns it. Ends and the snapshot cell are shared.
// Errors:  in the items: those of Staging::stage; DiskFull, Io, OutOfMemory, Poisoned
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "batpak/base/environment.hpp"
#include "batpak/store/config.hpp"
#include "store/commit/commit_item.hpp"
#include "store/commit/staging.hpp"
#include "store/copy/log_moment.hpp"
#include "store/ends/publications.hpp"
#include "store/log/store_directory.hpp"
#include "store/open/log_state.hpp"
#include "store/view/snapshot.hpp"

namespace batpak::store {

class Committer {
public:
    // Borrows: config. Keeps: side.
    Committer(const StoreConfig& config, std::shared_ptr<ReadSide> side, LogState state);

    // Fills in the answers of `items`.
    void commit(std::span<CommitItem* const> items) noexcept;

    // Syncs, writes the mark of a clean close, and hands out what a last index part needs.
    // Afterwards nothing may be committed any more.
    struct ClosedLog {
        std::shared_ptr<const MemoryIndex> index;
        LogRun run;  // of that index
    };
    [[nodiscard]] Result<ClosedLog> finish() noexcept;

    // Where the log ends. Requires: all of it is durable.
    LogMoment moment() const;

    // ---- for a compaction, as an action of the leader's

    const Manifest& manifest() const noexcept { return state_.manifest; }
    // Ends the segment that is appended to, if it has events: they are all in sealed ones then.
    [[nodiscard]] Result<void> seal_active();
    // Puts a manifest in force that lists the same segments. Whether its copy says the same now.
    [[nodiscard]] Result<bool> adopt(Manifest next);
    // The same of one in which another segment has taken the place of `replaced`, and shows its
    // events in its run from now on.
    [[nodiscard]] Result<bool> adopt(Manifest next, std::span<const std::uint64_t> replaced,
                                     std::shared_ptr<const RunHandle> run);

    // Only for its prefetch_*.
    const Heads& heads() const noexcept { return staging_.heads(); }
    bool poisoned() const noexcept { return poisoned_.load(std::memory_order_relaxed); }
    std::uint64_t sync_count() const noexcept { return syncs_.load(std::memory_order_relaxed); }
    std::uint64_t write_count() const noexcept { return writes_.load(std::memory_order_relaxed); }
    // Any thread.
    std::uint64_t active_segment() const noexcept {
        return active_segment_.load(std::memory_order_acquire);
    }

private:
    // Everything of the next segment that needs memory.
    struct NextSegment {
        std::unique_ptr<SegmentWriter> writer;
        std::unique_ptr<FileLock> held;  // of its file
        std::shared_ptr<MemoryIndex> index;
        SnapshotCell::Ready snapshot;
    };

    // Stages and commits as many items from the front as make one group; returns how many.
    std::size_t commit_group(std::span<CommitItem* const> items) noexcept;
    void begin_group() noexcept;
    bool make_room(CommitItem& item) noexcept;
    void stage(CommitItem& item) noexcept;
    [[nodiscard]] std::optional<Error> write_group() noexcept;
    // Takes the memory for what comes after the write, or none.
    [[nodiscard]] Result<void> reserve_index();
    void release_index() noexcept;
    [[nodiscard]] std::optional<Error> sync_if_due(std::span<CommitItem* const> items) noexcept;
    [[nodiscard]] std::optional<Error> publish(std::span<CommitItem* const> items) noexcept;
    void make_visible(std::span<CommitItem* const> items) noexcept;
    void tell(PublicationObserver& observer, bool durable) noexcept;
    static void forget_answers(std::span<CommitItem* const> items) noexcept;
    static void answer(CommitItem& item, const std::optional<Error>& failure,
                       BatchStage stage) noexcept;
    static void act(CommitItem& item) noexcept;
    [[nodiscard]] Result<void> rotate();
    [[nodiscard]] NextSegment make_next(const Snapshot& now, std::unique_ptr<SegmentWriter> writer,
                                        std::unique_ptr<FileLock> held);
    void begin_segment(NextSegment& next) noexcept;
    [[nodiscard]] Result<void> check_place();
    [[nodiscard]] Result<void> put_in_force(Manifest& next);
    [[nodiscard]] Result<void> write_mark();
    Error poison(Error error) noexcept;
    bool sync_is_due(std::span<CommitItem* const> items) const;

    const StoreConfig& config_;
    const std::shared_ptr<ReadSide> side_;
    // Parts of it.
    StoreDirectory& directory_;
    Ends& ends_;
    Publications& publications_;
    FaultInjector* const injector_;
    LogState state_;
    Staging staging_;

    // Of the present group: where its events go in the index.
    std::vector<MemoryIndex::Room> rooms_;
    // As many events as an observer is told of at once.
    std::array<EventView, 16> told_;
    Sequence written_end_;
    std::chrono::nanoseconds last_sync_{0};
    std::uint64_t unsynced_events_ = 0;
    // Of the present wave: what has just failed is not tried again for each of a thousand items.
    std::optional<Error> rotation_failure_;
    std::optional<Error> poison_;
    std::atomic<bool> poisoned_{false};
    std::atomic<std::uint64_t> syncs_{0};
    std::atomic<std::uint64_t> writes_{0};
    std::atomic<std::uint64_t> active_segment_{0};
};

// At most how many bytes the frames of an append can take.
std::uint64_t frame_bytes_bound(const AppendEvents& append) noexcept;

}  // namespace batpak::store
