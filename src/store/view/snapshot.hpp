// Snapshot: the runs of the log, oldest first, as they were at one moment.
//
// Readers pin a snapshot and the visible end, and see nothing else for as long as they hold it,
// whatever is appended, rotated or closed meanwhile. A new snapshot is published when the set of
// runs changes: at a rotation, when an index moved from memory into a file, and when a compaction
// puts a segment in the place of others; never for an event.
//
// Threads: a Snapshot is an immutable value; SnapshotCell and RunHandle are thread-safe
// Errors:  RunHandle::index: those of IndexStore::load and replace
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <type_traits>
#include <vector>

#include "batpak/base/detail/mutex.hpp"
#include "batpak/base/result.hpp"
#include "store/index/index_store.hpp"

namespace batpak::store {

// One run and its index, which is loaded at the first question, and made again if it is lost. Where
// a compaction has put another segment in the place of the run's, and its file is gone, the same
// events are found in that one: what is asked by ordinal is answered alike (INV K4).
class RunHandle {
public:
    // Where the events of the run are, and the index that says where in there.
    struct Place {
        const LogRun* run = nullptr;
        const Index* index = nullptr;
    };

    // A final run; its index comes from `indexes`. Borrows: indexes.
    RunHandle(const LogRun& run, IndexStore& indexes) : run_(run), indexes_(&indexes) {}
    // A final run with its index at hand. Borrows: indexes, for the case that it is lost.
    RunHandle(const LogRun& run, std::shared_ptr<const Index> index, IndexStore& indexes)
        : run_(run), indexes_(&indexes), index_(std::move(index)), ready_(index_.get()) {}
    // A run whose index is in memory only, because it was or is appended to. While it is, end and
    // end_offset of the run are not known here.
    // Borrows: indexes, which finds it where its segment is gone.
    RunHandle(const LogRun& run, std::shared_ptr<const MemoryIndex> index, IndexStore& indexes)
        : run_(run),
          indexes_(&indexes),
          memory_(index),
          index_(std::move(index)),
          ready_(index_.get()) {}
    // One that is never looked for elsewhere.
    RunHandle(const LogRun& run, std::shared_ptr<const MemoryIndex> index)
        : run_(run), memory_(index), index_(std::move(index)), ready_(index_.get()) {}

    // As it was when the handle was made; place() says where it is now.
    const LogRun& run() const noexcept { return run_; }
    // Null, unless the index is in memory only.
    const std::shared_ptr<const MemoryIndex>& memory() const noexcept { return memory_; }
    Sequence first() const noexcept { return run_.first; }

    // Borrows: this handle, also after the index was lost or the run moved. The index is not lost,
    // as far as is known.
    [[nodiscard]] Result<Place> place() const;
    [[nodiscard]] Result<const Index*> index() const;
    // An index that was in use already, and may be lost by now; null if there is none.
    const Index* known_index() const noexcept { return ready_.load(std::memory_order_acquire); }
    // Where it is now, without its index.
    const LogRun& run_now() const noexcept { return latest().run_; }
    // Looks for the events elsewhere, because the segment of `run`, where they were last, is not
    // there. False if they are nowhere else. Errors: RolledBack if other events are there.
    [[nodiscard]] Result<bool> move_from(const LogRun& run) const;
    // What ask(index) answers of one that was not lost by then. It may be called again.
    template <class Ask>
    [[nodiscard]] auto ask(const Ask& ask) const
        -> Result<std::invoke_result_t<const Ask&, const Index&>> {
        for (;;) {
            BATPAK_TRY(const Index* const index, this->index());
            auto answer = ask(*index);
            if (!index->is_lost()) return answer;
        }
    }

private:
    // The last one that it moved to, or this.
    const RunHandle& latest() const noexcept;
    [[nodiscard]] Result<const Index*> own_index() const;
    [[nodiscard]] Result<bool> move() const;
    [[nodiscard]] Result<bool> move_once() const;

    const LogRun run_;
    IndexStore* indexes_ = nullptr;
    const std::shared_ptr<const MemoryIndex> memory_;
    mutable Mutex mutex_;
    mutable std::shared_ptr<const Index> index_ BATPAK_GUARDED_BY(mutex_);
    // What was lost, which readers may still look into: the file, and then the one in its place.
    // The third is in memory.
    mutable std::vector<std::shared_ptr<const Index>> lost_ BATPAK_GUARDED_BY(mutex_);
    mutable std::atomic<const Index*> ready_{nullptr};
    mutable std::shared_ptr<const RunHandle> moved_ BATPAK_GUARDED_BY(mutex_);
    mutable std::atomic<const RunHandle*> moved_to_{nullptr};
};

struct Snapshot {
    std::vector<std::shared_ptr<const RunHandle>> runs;  // contiguous from sequence 0, never empty

    // The place in `runs` of the run that holds `sequence`, or of the last one.
    std::size_t run_of(Sequence sequence) const noexcept;
};

// Holds the current snapshot. Several copies of the pointer, each with its own lock and its own
// reference count, keep readers on different processors out of each other's way.
class SnapshotCell {
public:
    static constexpr std::size_t kStripes = 8;
    using Holder = std::shared_ptr<const std::shared_ptr<const Snapshot>>;

    // A snapshot with all the memory that it needs to become the current one.
    class Ready {
    public:
        explicit Ready(Snapshot snapshot);

    private:
        friend class SnapshotCell;
        std::array<Holder, kStripes> holders_;
    };

    std::shared_ptr<const Snapshot> get() const;
    // Puts what `change` makes of the current snapshot, a Result<Ready>, in its place; between the
    // two nobody else replaces it. Errors: those of `change`, after which nothing has changed.
    template <class Change>
    [[nodiscard]] Result<void> update(const Change& change) {
        const MutexLock lock(change_);
        BATPAK_TRY(Ready next, change(*get()));
        put(std::move(next));
        return {};
    }
    // Of one who alone replaces it: an open, or a reader's refresh.
    void set(Snapshot snapshot) { put(Ready(std::move(snapshot))); }

private:
    void put(Ready ready) noexcept;

    struct alignas(64) Stripe {
        mutable Mutex mutex;
        Holder holder BATPAK_GUARDED_BY(mutex);
    };

    Mutex change_;  // held while the current snapshot is replaced
    std::array<Stripe, kStripes> stripes_;
};

}  // namespace batpak::store
