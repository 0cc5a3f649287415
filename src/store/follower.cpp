#include "store/follower.hpp"

#include <algorithm>

#include "batpak/store/read_only_store.hpp"
#include "store/segment_scan.hpp"

namespace batpak::store {
namespace {

// A writer may be in the middle of a write, a rotation or a close while this process reads, so
// that two reads see two moments. What is really damaged is so the next time as well.
constexpr int kAttempts = 4;

}  // namespace

Result<std::unique_ptr<Follower>> Follower::open(const StoreConfig& config) {
    BATPAK_CHECK(config.validate());
    BATPAK_TRY(std::unique_ptr<StoreDirectory> directory, StoreDirectory::open_for_reading(config));
    auto side = std::make_shared<ReadSide>(std::move(directory), config);
    std::unique_ptr<Follower> follower(new Follower(config, std::move(side)));
    BATPAK_TRY(RecoveredLog log, follower->recover_again());
    follower->side_->take_up(log.snapshot, log.manifest.log_id(), log.manifest.has_hashes,
                             log.report);
    const MutexLock lock(follower->mutex_);
    follower->log_ = std::move(log);
    follower->publish();
    return follower;
}

Result<RecoveredLog> Follower::recover_again() {
    const RecoveryParts parts{config_, side_->directory(), side_->files(), side_->indexes(),
                              side_->key_hash()};
    for (int attempt = 1;; ++attempt) {
        Result<RecoveredLog> log = recover(parts);
        if (log || attempt == kAttempts) return log;
    }
}

Result<Sequence> Follower::refresh() {
    BATPAK_CHECK(side_->check());
    const MutexLock lock(mutex_);
    BATPAK_TRY(const std::optional<Manifest> manifest, side_->directory().read_manifest());
    const bool same = manifest && manifest->generation == log_.manifest.generation;
    const bool scanned = same && scan_on().value_or(false);
    if (!scanned) {
        BATPAK_TRY(log_, recover_again());
        side_->snapshots().set(log_.snapshot);
    }
    publish();
    return side_->ends().visible();
}

// The active segment is still the same: its new frames go on where the last scan ended. False if
// what lies behind them wants the full judgement of a recovery.
Result<bool> Follower::scan_on() {
    BATPAK_TRY(const std::shared_ptr<File> file, side_->files().get(log_.active_header.segment_id));
    BATPAK_TRY(const FileStat stat, file->stat());
    const auto add = [&index = *log_.active_index](const Frame& frame,
                                                   std::uint64_t offset) -> Result<void> {
        index.add(indexed_event(frame, offset));
        return {};
    };
    const std::uint64_t bytes = std::max(stat.size_bytes, log_.active_end);
    BATPAK_TRY(const ScanEnd end,
               scan_segment(*file, bytes, log_.active_header, {log_.active_end, log_.next}, add));
    log_.active_end = end.offset;
    log_.next = end.next;
    log_.testified_end = std::max(log_.testified_end, end.durable_end);
    return end.behind == Behind::Nothing || end.behind == Behind::Zeros;
}

void Follower::publish() {
    const Sequence visible = std::max(log_.next, side_->ends().visible());
    const Sequence durable =
        std::max(std::min(log_.testified_end, visible), side_->ends().durable());
    side_->ends().publish(visible, durable);
    side_->arrivals().announce(visible);
}

}  // namespace batpak::store

namespace batpak {

Result<ReadOnlyStore> ReadOnlyStore::open(const StoreConfig& config) {
    BATPAK_TRY(std::unique_ptr<store::Follower> follower, store::Follower::open(config));
    auto side = follower->side();
    return ReadOnlyStore(std::move(side), std::move(follower));
}

ReadOnlyStore::ReadOnlyStore(std::shared_ptr<store::ReadSide> side,
                             std::unique_ptr<store::Follower> follower)
    : StoreReads(std::move(side)), follower_(std::move(follower)) {}
ReadOnlyStore::ReadOnlyStore(ReadOnlyStore&&) noexcept = default;
ReadOnlyStore& ReadOnlyStore::operator=(ReadOnlyStore&& other) noexcept {
    if (this != &other) {
        end_waits();
        StoreReads::operator=(std::move(other));
        follower_ = std::move(other.follower_);
    }
    return *this;
}
ReadOnlyStore::~ReadOnlyStore() { end_waits(); }

// Nobody refreshes any more, so nothing arrives. A child after fork() has no waiters.
void ReadOnlyStore::end_waits() noexcept {
    if (follower_ && side_->check()) side_->arrivals().close();
}

Result<Sequence> ReadOnlyStore::refresh() { return follower_->refresh(); }

}  // namespace batpak
