// A snapshot is shared by every reader, so taking one must not make readers wait for one another:
// each of several stripes has its own copy of the pointer, its own lock, and its own count of
// references. Replacing it goes through them one by one. For that moment two readers may see two
// snapshots, both of which are right: but for what a correction takes back, a snapshot says of an
// event what the one before it said (INV I5).
#include "store/view/snapshot.hpp"

#include <algorithm>
#include <functional>
#include <thread>
#include <utility>

#include "batpak/base/assert.hpp"

namespace batpak::store {

namespace {

// What is compacted over and over while somebody looks for it is looked for so often.
constexpr int kMovesMax = 64;

// Whether the run has the events that another index knew, by the last one: no log that has an event
// had others before it.
bool has_events_of(const Index& now, const Index& before) {
    if (before.damage() != nullptr || now.damage() != nullptr) return true;
    const auto last = static_cast<std::uint32_t>(now.end().value - now.first().value - 1);
    const std::uint64_t known = before.id_order_at(last);
    return before.is_lost() || now.id_order_at(last) == known;
}

}  // namespace

const RunHandle& RunHandle::latest() const noexcept {
    const RunHandle* handle = this;
    while (const RunHandle* const next = handle->moved_to_.load(std::memory_order_acquire))
        handle = next;
    return *handle;
}

Result<const Index*> RunHandle::index() const {
    BATPAK_TRY(const Place now, place());
    return now.index;
}

Result<RunHandle::Place> RunHandle::place() const {
    for (int moves = 0;; ++moves) {
        const RunHandle& handle = latest();
        auto index = handle.own_index();
        if (index) return Place{&handle.run_, *index};
        const bool may_have_moved =
            index.error().code() == ErrorCode::MissingSegment && moves < kMovesMax;
        if (!may_have_moved) return fail(std::move(index).error());
        BATPAK_TRY(const bool moved, handle.move());
        if (!moved) return fail(std::move(index).error());
    }
}

Result<bool> RunHandle::move_from(const LogRun& run) const {
    const RunHandle& handle = latest();
    if (&handle.run_ != &run) return true;
    return handle.move();
}

// The index of where it is now is kept in memory: it is of a part of a segment, and for those only
// who still look at what was there before.
Result<bool> RunHandle::move() const {
    for (int moves = 0;; ++moves) {
        auto moved = move_once();
        const bool moved_on = !moved && moved.error().code() == ErrorCode::MissingSegment;
        if (!moved_on || moves == kMovesMax) return moved;
    }
}

Result<bool> RunHandle::move_once() const {
    const MutexLock lock(mutex_);
    if (moved_) return true;
    if (indexes_ == nullptr) return false;
    LogRun run = run_;
    if (memory_) run.end = memory_->end();
    BATPAK_TRY(const std::optional<LogRun> now, indexes_->moved(run));
    if (!now) return false;
    BATPAK_TRY(std::shared_ptr<const Index> index, indexes_->replace(*now, true));
    if (index_ && !has_events_of(*index, *index_)) {
        return fail(Error(ErrorCode::RolledBack,
                          "other events are in the place of these: open the store again")
                        .at_sequence(run.first));
    }
    moved_ = std::make_shared<const RunHandle>(*now, std::move(index), *indexes_);
    moved_to_.store(moved_.get(), std::memory_order_release);
    return true;
}

// Readers that come while an index is loaded wait for it, since each would have to read the same
// file. One that is there costs a load and no lock.
Result<const Index*> RunHandle::own_index() const {
    const Index* const ready = ready_.load(std::memory_order_acquire);
    if (ready != nullptr && !ready->is_lost()) return ready;
    const MutexLock lock(mutex_);
    if (!index_) {
        BATPAK_ASSERT(indexes_ != nullptr);
        BATPAK_TRY(index_, indexes_->load(run_));
    } else if (index_->is_lost()) {
        BATPAK_ASSERT(indexes_ != nullptr);  // what is in memory is never lost,
        BATPAK_ASSERT(lost_.size() < 2);     // which the third is
        lost_.reserve(lost_.size() + 1);
        BATPAK_TRY(std::shared_ptr<const Index> other, indexes_->replace(run_, !lost_.empty()));
        lost_.push_back(std::exchange(index_, std::move(other)));
    }
    BATPAK_ASSERT(index_ != nullptr);
    ready_.store(index_.get(), std::memory_order_release);
    return index_.get();
}

std::size_t Snapshot::run_of(Sequence sequence) const noexcept {
    BATPAK_ASSERT(!runs.empty());
    // The last run that starts at or before the sequence; empty runs come before the one that
    // holds.
    const auto after = std::ranges::upper_bound(runs, sequence, {},
                                                [](const auto& handle) { return handle->first(); });
    if (after == runs.begin()) return 0;
    return static_cast<std::size_t>(after - runs.begin()) - 1;
}

std::shared_ptr<const Snapshot> SnapshotCell::get() const {
    static thread_local const std::size_t mine =
        std::hash<std::thread::id>{}(std::this_thread::get_id()) % kStripes;
    const Stripe& stripe = stripes_[mine];
    const MutexLock lock(stripe.mutex);
    BATPAK_ASSERT(stripe.holder != nullptr);  // an open puts one there before anything is read
    // The aliasing pointer counts references in this stripe's control block only.
    return {stripe.holder, stripe.holder->get()};
}

SnapshotCell::Ready::Ready(Snapshot snapshot) {
    BATPAK_ASSERT(!snapshot.runs.empty() && snapshot.runs.front()->first() == Sequence(0));
    BATPAK_ASSERT(std::ranges::is_sorted(snapshot.runs, {},
                                         [](const auto& handle) { return handle->first(); }));
    const auto shared = std::make_shared<const Snapshot>(std::move(snapshot));
    for (Holder& holder : holders_)
        holder = std::make_shared<const std::shared_ptr<const Snapshot>>(shared);
}

void SnapshotCell::put(Ready ready) noexcept {
    for (std::size_t i = 0; i < kStripes; ++i) {
        const MutexLock lock(stripes_[i].mutex);
        stripes_[i].holder.swap(ready.holders_[i]);
    }
}

}  // namespace batpak::store
