// StoreConfig: how to open a store.
//
//     StoreConfig("./batpak-data").with_sync_every_n_events(100).with_sync_mode(SyncMode::Data)
//
// Every setting has a safe default, and open() checks every limit. docs/TUNING.md says what each
// setting costs.
//
// Threads: immutable value; each with_* returns a changed copy
// Errors:  validate(): InvalidConfig, Unsupported
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "batpak/base/environment.hpp"
#include "batpak/base/file_system.hpp"
#include "batpak/base/result.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/guard/gate_name.hpp"

namespace batpak {

class Projector;

class StoreConfig {
public:
    static constexpr std::uint64_t kSegmentBytesDefault = std::uint64_t{64} << 20;
    static constexpr std::uint32_t kPayloadBytesMaxDefault = 16U << 20;
    static constexpr std::uint32_t kPayloadBytesMaxMax = 64U << 20;
    static constexpr std::uint32_t kQueueEventsDefault = 4096;
    static constexpr std::uint32_t kBatchItemsMaxDefault = 256;
    static constexpr std::uint32_t kBatchBytesMaxDefault = 1U << 20;
    static constexpr std::uint64_t kIdempotencyRetentionDefault = 1'000'000;
    static constexpr std::uint64_t kIndexCacheBytesDefault = std::uint64_t{48} << 20;

    explicit StoreConfig(std::string directory) : directory_(std::move(directory)) {}

    // How many events may be acknowledged without a sync. 1, the default: none, every
    // acknowledgement is Durable. n > 1: appends are Buffered, each n-th one syncs and is Durable.
    StoreConfig with_sync_every_n_events(std::uint32_t n) const;
    // Besides, an append that finds unsynced events older than this syncs. Nothing runs between
    // appends: IntervalSyncer does that for programs that fall silent. Default: no such limit.
    StoreConfig with_sync_interval(std::chrono::milliseconds interval) const;
    // fsync or fdatasync, where a sync is due. Default: Data.
    StoreConfig with_sync_mode(SyncMode mode) const;
    // The size at which a segment is sealed and the next one begun: 4 KiB to 4 GiB - 1. An event or
    // a batch that fits none has one of its own; the mark of a close may add up to 32 bytes.
    StoreConfig with_segment_bytes(std::uint64_t bytes) const;
    // The longest payload that is accepted: 1 byte to 64 MiB. Default: 16 MiB.
    StoreConfig with_payload_bytes_max(std::uint32_t bytes) const;
    // How many events a batch may have: 1 to 4096. Default: 256.
    StoreConfig with_batch_items_max(std::uint32_t items) const;
    // How many bytes of payload a batch may have: 1 byte to 16 MiB. Default: 1 MiB.
    StoreConfig with_batch_bytes_max(std::uint32_t bytes) const;
    // For how many events an idempotency key is remembered: a key that was used by one of the last
    // `events` events of the store is found. 0 to 2^63. Default: 1,000,000.
    StoreConfig with_idempotency_retention(std::uint64_t events) const;
    // How many submitted events may wait for the commit: 1 to 1,000,000.
    StoreConfig with_queue_events_max(std::uint32_t events) const;
    // How many sealed segments are held open for reading, and as many of their index files: 1 to
    // 100,000. Default: 64.
    StoreConfig with_open_files_max(std::uint32_t files) const;
    // How many bytes of index files are kept in memory, once they were needed, at most: 24 KiB to
    // 64 GiB. Default: 48 MiB, the ids of 4 million events. What is not there is read again.
    StoreConfig with_index_cache_bytes(std::uint64_t bytes) const;
    // Whether sealed segments are read where they lie in the page cache, through mappings, instead
    // of by read calls: without a copy and without a system call. Then a segment that somebody cuts
    // short while it is open, or a disk that fails under it, ends the program with SIGBUS, where it
    // is an error otherwise. Index files are never mapped: whatever becomes of them, no answer
    // changes. Default: false.
    StoreConfig with_mapped_reads(bool on) const;
    // Whether events of a store that is created carry hashes. Default: if the build can. A store
    // keeps what it was made with: true on one without hashes is Unsupported, false on one with
    // hashes changes nothing.
    StoreConfig with_hash_chain(bool on) const;
    // Whether open() makes a store where there is none. Default: true.
    StoreConfig with_create_if_missing(bool on) const;
    // open() refuses (RolledBack) a store with fewer events than this.
    StoreConfig with_expect_at_least(Sequence end) const;
    // Takes events only if gates have judged them, or were bypassed for a reason: a plain append is
    // refused (ReceiptRequired). It binds who opens the store, and is not written into it.
    StoreConfig with_require_receipts() const;
    // The same, and only receipts of these gate sets will do (ReceiptForeign).
    StoreConfig with_require_receipts_of(std::vector<GateSetId> gate_sets) const;
    // What keeps the states of project() (<batpak/projection/projector.hpp>). Default: nothing
    // does.
    StoreConfig with_projector(std::shared_ptr<Projector> projector) const;
    // Files, time and randomness other than the operating system's.
    StoreConfig with_environment(Environment environment) const;

    const std::string& directory() const noexcept { return directory_; }
    std::uint32_t sync_every_n_events() const noexcept { return sync_every_n_events_; }
    std::optional<std::chrono::milliseconds> sync_interval() const noexcept {
        return sync_interval_;
    }
    SyncMode sync_mode() const noexcept { return sync_mode_; }
    std::uint64_t segment_bytes() const noexcept { return segment_bytes_; }
    std::uint32_t payload_bytes_max() const noexcept { return payload_bytes_max_; }
    std::uint32_t batch_items_max() const noexcept { return batch_items_max_; }
    std::uint32_t batch_bytes_max() const noexcept { return batch_bytes_max_; }
    std::uint64_t idempotency_retention() const noexcept { return idempotency_retention_; }
    std::uint32_t queue_events_max() const noexcept { return queue_events_max_; }
    std::uint32_t open_files_max() const noexcept { return open_files_max_; }
    std::uint64_t index_cache_bytes() const noexcept { return index_cache_bytes_; }
    bool mapped_reads() const noexcept { return mapped_reads_; }
    std::optional<bool> hash_chain() const noexcept { return hash_chain_; }
    bool create_if_missing() const noexcept { return create_if_missing_; }
    Sequence expect_at_least() const noexcept { return expect_at_least_; }
    bool requires_receipts() const noexcept { return requires_receipts_; }
    // Empty: of any gate set.
    const std::vector<GateSetId>& accepted_gate_sets() const noexcept {
        return accepted_gate_sets_;
    }
    const std::shared_ptr<Projector>& projector() const noexcept { return projector_; }
    const Environment& environment() const noexcept { return environment_; }

    [[nodiscard]] Result<void> validate() const;

private:
    std::string directory_;
    Environment environment_ = Environment::real();
    std::shared_ptr<Projector> projector_;
    std::optional<std::chrono::milliseconds> sync_interval_;
    std::uint64_t segment_bytes_ = kSegmentBytesDefault;
    Sequence expect_at_least_;
    std::uint64_t idempotency_retention_ = kIdempotencyRetentionDefault;
    std::uint64_t index_cache_bytes_ = kIndexCacheBytesDefault;
    std::uint32_t batch_items_max_ = kBatchItemsMaxDefault;
    std::uint32_t batch_bytes_max_ = kBatchBytesMaxDefault;
    std::uint32_t sync_every_n_events_ = 1;
    std::uint32_t payload_bytes_max_ = kPayloadBytesMaxDefault;
    std::uint32_t queue_events_max_ = kQueueEventsDefault;
    std::uint32_t open_files_max_ = 64;
    std::optional<bool> hash_chain_;
    SyncMode sync_mode_ = SyncMode::Data;
    bool mapped_reads_ = false;
    bool create_if_missing_ = true;
    bool requires_receipts_ = false;
    std::vector<GateSetId> accepted_gate_sets_;
};

}  // namespace batpak
