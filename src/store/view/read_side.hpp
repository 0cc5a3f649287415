// ReadSide: everything that reading needs, owned together, so that a range may outlive its store.
//
// Threads: thread-safe
// Errors:  check(): Closed, Forked
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "batpak/base/assert.hpp"
#include "batpak/base/detail/fork.hpp"
#include "batpak/base/result.hpp"
#include "batpak/event/merkle_frontier.hpp"
#include "batpak/store/config.hpp"
#include "batpak/store/query.hpp"
#include "batpak/store/reports.hpp"
#include "store/ends/arrivals.hpp"
#include "store/ends/corrections.hpp"
#include "store/ends/ends.hpp"
#include "store/ends/publications.hpp"
#include "store/index/index_store.hpp"
#include "store/log/manifest.hpp"
#include "store/log/segment_files.hpp"
#include "store/log/store_directory.hpp"
#include "store/log/witness.hpp"
#include "store/view/erasures.hpp"
#include "store/view/snapshot.hpp"

namespace batpak::store {

// What a read sees: the runs and the ends of one moment.
struct Pin {
    std::shared_ptr<const Snapshot> snapshot;
    Sequence end;          // exclusive
    Sequence durable_end;  // exclusive, at most end
};

class ReadSide {
public:
    ReadSide(std::unique_ptr<StoreDirectory> directory, const StoreConfig& config)
        : directory_(std::move(directory)),
          key_hash_(random_key_hash(*config.environment().entropy)),
          clock_(config.environment().clock),
          projector_(config.projector()),
          mapped_reads_(config.mapped_reads()),
          files_(*directory_, config.open_files_max()),
          indexes_(*directory_, files_, key_hash_, config.open_files_max(),
                   config.index_cache_bytes()) {
        directory_->on_exhausted([this] {
            files_.release();
            indexes_.release_files();
        });
    }

    StoreDirectory& directory() noexcept { return *directory_; }
    const KeyHash& key_hash() const noexcept { return key_hash_; }
    SegmentFiles& files() noexcept { return files_; }
    bool mapped_reads() const noexcept { return mapped_reads_; }
    IndexStore& indexes() noexcept { return indexes_; }
    SnapshotCell& snapshots() noexcept { return snapshots_; }
    Ends& ends() noexcept { return ends_; }
    const Ends& ends() const noexcept { return ends_; }
    Clock& clock() const noexcept { return *clock_; }
    const std::shared_ptr<Projector>& projector() const noexcept { return projector_; }
    Erasures& erasures() noexcept { return erasures_; }
    const Erasures& erasures() const noexcept { return erasures_; }
    Arrivals& arrivals() noexcept { return arrivals_; }
    Publications& publications() noexcept { return publications_; }

    // Returns when the event at `sequence` is visible; false when the deadline has passed or `stop`
    // was requested. Errors: Forked; Closed, also when the store is closed meanwhile.
    [[nodiscard]] Result<bool> wait_visible(Sequence sequence,
                                            std::chrono::steady_clock::time_point deadline,
                                            const std::stop_token& stop);

    // What open() found. Called once, before anything else is.
    void take_up(Snapshot snapshot, const LogId& log_id, bool has_hashes, OpenReport report) {
        snapshots_.set(std::move(snapshot));
        log_id_ = log_id;
        has_hashes_ = has_hashes;
        report_ = std::move(report);
    }
    // The logs that this store was, in order, and its own.
    void take_up_eras(std::vector<Era> eras) { eras_ = std::move(eras); }
    // How far this store is the log of that id: to its end, if that is its own; up to where a new
    // era began in it, if it was restored from that one; nothing if it never was that log.
    std::optional<Sequence> common_end(const LogId& log_id) const noexcept;
    void put_report(OpenReport report) { report_ = std::move(report); }
    // Both are called once at most, when the log is open.
    void report_erasure(Sequence intent) { report_.erasure_pending = intent; }
    void report_damage(Error last_event) {
        BATPAK_ASSERT(!report_.last_event);
        report_.last_event = std::move(last_event);
    }
    const LogId& log_id() const noexcept { return log_id_; }
    bool has_hashes() const noexcept { return has_hashes_; }
    const OpenReport& report() const noexcept { return report_; }
    // Whether events can be checked like that. Errors: Unsupported.
    [[nodiscard]] Result<void> can_check(ReadCheck check) const;

    // The Merkle root over the events below `end` of a pin.
    [[nodiscard]] static Result<Hash> root(const std::shared_ptr<ReadSide>& side, const Pin& pin,
                                           Sequence end);

    // This moment. The ends are read first: a snapshot that is newer than them covers them, unless
    // the end was taken back since.
    Pin pin() const {
        for (;;) {
            const Sequence durable_end = ends_.durable();
            const Sequence end = ends_.visible();
            Pin pin{snapshots_.get(), end, std::min(durable_end, end)};
            BATPAK_ASSERT(pin.snapshot != nullptr && pin.durable_end <= pin.end);
            if (ends_.visible() >= end) return pin;
        }
    }

    // ---- a reader beside a writer

    const Corrections& corrections() const noexcept { return corrections_; }
    // Shows `snapshot` from now on, which is what was shown before `from`, and something else
    // after it, if anything. Requires: `from` is not below what is known durable.
    void correct(Sequence from, Snapshot snapshot);
    // By what this reader knows its log again; a writer has none, because nobody else writes.
    void set_witness(const Witness& witness);
    // The error of a read, unless the log that it was a read of is no longer in the files: then
    // RolledBack, since what is there may well be whole.
    Error judged(Error error);
    bool follows() const noexcept { return follows_.load(std::memory_order_acquire); }

    bool forked() const noexcept { return mark_.is_inherited(); }
    // In a child after fork() a thread of the parent's may hold any lock, for ever: so this comes
    // before the first. Errors: Forked.
    [[nodiscard]] Result<void> check_process() const {
        if (!forked()) return {};
        return fail(ErrorCode::Forked,
                    "the store was opened before a fork(): open it in the child");
    }
    // What check() answers, without words.
    bool is_usable() const noexcept {
        return !forked() && !closed_.load(std::memory_order_acquire);
    }
    [[nodiscard]] Result<void> check() const {
        BATPAK_CHECK(check_process());
        if (closed_.load(std::memory_order_acquire)) {
            return fail(ErrorCode::Closed, "the store is closed");
        }
        return {};
    }
    // Every later call fails, and every wait ends.
    void mark_closed() noexcept {
        closed_.store(true, std::memory_order_release);
        arrivals_.close();
        publications_.close();
    }

private:
    static KeyHash random_key_hash(Entropy& entropy) {
        std::array<std::byte, 16> secrets;
        entropy.fill(secrets);
        return {load_little_endian<std::uint64_t>(secrets),
                load_little_endian<std::uint64_t>(std::span(secrets).subspan(8))};
    }

    const std::unique_ptr<StoreDirectory> directory_;
    const KeyHash key_hash_;
    const std::shared_ptr<Clock> clock_;
    const std::shared_ptr<Projector> projector_;  // null: states are not kept
    const bool mapped_reads_;
    const ForkMark mark_;
    SegmentFiles files_;
    IndexStore indexes_;
    SnapshotCell snapshots_;
    Ends ends_;
    Erasures erasures_;
    Arrivals arrivals_;
    Publications publications_;
    std::atomic<bool> closed_{false};
    LogId log_id_;
    std::vector<Era> eras_;
    bool has_hashes_ = false;
    OpenReport report_;
    Corrections corrections_;
    std::atomic<bool> follows_{false};
    Mutex witness_mutex_;
    Witness witness_ BATPAK_GUARDED_BY(witness_mutex_);

    Mutex frontier_mutex_;
    MerkleFrontier frontier_ BATPAK_GUARDED_BY(frontier_mutex_);  // as far as a root was asked for
};

}  // namespace batpak::store
