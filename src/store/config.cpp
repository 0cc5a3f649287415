// Each with_() returns a changed copy, and nothing is judged before validate(): settings may be
// given in any order, and two that fit only together are never refused halfway. What is wrong is
// said with the name of the setting and the range that it may have. Not judged here: whether the
// settings fit the store that is in the directory (recovery.cpp).
#include "batpak/store/config.hpp"

#include "batpak/base/assert.hpp"
#include "batpak/event/hash_chain.hpp"
#include "store/frame/limits.hpp"

namespace batpak {
namespace {

Result<void> check_range(const char* name, std::uint64_t value, std::uint64_t min,
                         std::uint64_t max) {
    BATPAK_ASSERT(min <= max);
    if (value >= min && value <= max) return {};
    return fail(ErrorCode::InvalidConfig, std::string(name) + " is " + std::to_string(value) +
                                              ": choose " + std::to_string(min) + " to " +
                                              std::to_string(max));
}

}  // namespace

StoreConfig StoreConfig::with_sync_every_n_events(std::uint32_t n) const {
    StoreConfig changed = *this;
    changed.sync_every_n_events_ = n;
    return changed;
}

StoreConfig StoreConfig::with_sync_interval(std::chrono::milliseconds interval) const {
    StoreConfig changed = *this;
    changed.sync_interval_ = interval;
    return changed;
}

StoreConfig StoreConfig::with_sync_mode(SyncMode mode) const {
    StoreConfig changed = *this;
    changed.sync_mode_ = mode;
    return changed;
}

StoreConfig StoreConfig::with_segment_bytes(std::uint64_t bytes) const {
    StoreConfig changed = *this;
    changed.segment_bytes_ = bytes;
    return changed;
}

StoreConfig StoreConfig::with_payload_bytes_max(std::uint32_t bytes) const {
    StoreConfig changed = *this;
    changed.payload_bytes_max_ = bytes;
    return changed;
}

StoreConfig StoreConfig::with_batch_items_max(std::uint32_t items) const {
    StoreConfig changed = *this;
    changed.batch_items_max_ = items;
    return changed;
}

StoreConfig StoreConfig::with_batch_bytes_max(std::uint32_t bytes) const {
    StoreConfig changed = *this;
    changed.batch_bytes_max_ = bytes;
    return changed;
}

StoreConfig StoreConfig::with_idempotency_retention(std::uint64_t events) const {
    StoreConfig changed = *this;
    changed.idempotency_retention_ = events;
    return changed;
}

StoreConfig StoreConfig::with_queue_events_max(std::uint32_t events) const {
    StoreConfig changed = *this;
    changed.queue_events_max_ = events;
    return changed;
}

StoreConfig StoreConfig::with_open_files_max(std::uint32_t files) const {
    StoreConfig changed = *this;
    changed.open_files_max_ = files;
    return changed;
}

StoreConfig StoreConfig::with_index_cache_bytes(std::uint64_t bytes) const {
    StoreConfig changed = *this;
    changed.index_cache_bytes_ = bytes;
    return changed;
}

StoreConfig StoreConfig::with_mapped_reads(bool on) const {
    StoreConfig changed = *this;
    changed.mapped_reads_ = on;
    return changed;
}

StoreConfig StoreConfig::with_hash_chain(bool on) const {
    StoreConfig changed = *this;
    changed.hash_chain_ = on;
    return changed;
}

StoreConfig StoreConfig::with_require_receipts() const { return with_require_receipts_of({}); }

StoreConfig StoreConfig::with_require_receipts_of(std::vector<GateSetId> gate_sets) const {
    StoreConfig changed = *this;
    changed.requires_receipts_ = true;
    changed.accepted_gate_sets_ = std::move(gate_sets);
    return changed;
}

StoreConfig StoreConfig::with_create_if_missing(bool on) const {
    StoreConfig changed = *this;
    changed.create_if_missing_ = on;
    return changed;
}

StoreConfig StoreConfig::with_expect_at_least(Sequence end) const {
    StoreConfig changed = *this;
    changed.expect_at_least_ = end;
    return changed;
}

StoreConfig StoreConfig::with_projector(std::shared_ptr<Projector> projector) const {
    StoreConfig changed = *this;
    changed.projector_ = std::move(projector);
    return changed;
}

StoreConfig StoreConfig::with_environment(Environment environment) const {
    StoreConfig changed = *this;
    changed.environment_ = std::move(environment);
    return changed;
}

Result<void> StoreConfig::validate() const {
    if (directory_.empty()) return fail(ErrorCode::InvalidConfig, "the directory has no name");
    BATPAK_CHECK(check_range("sync_every_n_events", sync_every_n_events_, 1, UINT32_MAX));
    BATPAK_CHECK(check_range("segment_bytes", segment_bytes_, store::kSegmentBytesMin,
                             store::kSegmentBytesMax));
    BATPAK_CHECK(check_range("payload_bytes_max", payload_bytes_max_, 1, kPayloadBytesMaxMax));
    // The limits that have no name are where a larger number would only hide a mistake.
    BATPAK_CHECK(check_range("batch_items_max", batch_items_max_, 1, 4096));
    BATPAK_CHECK(check_range("batch_bytes_max", batch_bytes_max_, 1, 16U << 20));
    BATPAK_CHECK(
        check_range("idempotency_retention", idempotency_retention_, 0, std::uint64_t{1} << 63));
    BATPAK_CHECK(check_range("queue_events_max", queue_events_max_, 1, 1'000'000));
    BATPAK_CHECK(check_range("open_files_max", open_files_max_, 1, 100'000));
    BATPAK_CHECK(check_range("index_cache_bytes", index_cache_bytes_, store::kIndexCacheBytesMin,
                             store::kIndexCacheBytesMax));
    if (sync_interval_ && sync_interval_->count() < 0) {
        return fail(ErrorCode::InvalidConfig, "sync_interval is negative: choose 0 ms or more");
    }
    // Only if hashes were asked for: left open, a new store of such a build has none.
    if (hash_chain_.value_or(false) && !hashing_built_in()) {
        return fail(ErrorCode::Unsupported,
                    "this batpak was built without BLAKE3: leave hash_chain off");
    }
    return {};
}

}  // namespace batpak
