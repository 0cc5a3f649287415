// Nothing that a cache does can make an answer wrong or a call fail: what it cannot read, or what
// another version wrote, is counted and folded again; what it cannot keep is counted (INV P3).
#include "batpak/projection/projector.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "base/little_endian.hpp"
#include "projection/identity.hpp"
#include "projection/state_keeper.hpp"
#include "store/view/read_side.hpp"

namespace batpak {
namespace projection {

std::optional<StateRecord> StateKeeper::read(std::string_view identity) {
    if (!options_.cache) return std::nullopt;
    Buffer value;
    const Result<bool> found = options_.cache->get(as_bytes(cache_key(identity)), value);
    if (!found) count_failure(found.error());
    if (!found || !*found) return std::nullopt;
    Result<StateRecord> record = StateRecord::decode(value.view(), identity);
    if (record) return *std::move(record);
    count_refused();
    return std::nullopt;
}

// Called with no lock held: a cache may be as slow as a disk, and may be used by several threads.
void StateKeeper::write(std::string_view identity, const StateRecord& record) {
    if (!options_.cache) return;
    Buffer value;
    record.encode(identity, value);
    const Result<void> put = options_.cache->put(as_bytes(cache_key(identity)), value.view());
    if (!put) return count_failure(put.error());
    const MutexLock lock(mutex_);
    ++stats_.cache_writes;
}

Result<void> StateKeeper::forget(std::string_view name) {
    memory_.remove_named(name);
    if (options_.cache) BATPAK_CHECK(options_.cache->remove_prefix(as_bytes(cache_prefix(name))));
    return {};
}

// What the cache holds under such a key tells the next process that it need not be done again. It
// is written when the states are gone, and a failure is told and tried again by the next run: until
// then the states are there, and none of them is used.
void StateKeeper::forget_before(const std::shared_ptr<const store::ReadSide>& side,
                                Sequence erasures_end) {
    const LogId log_id = side->log_id();
    {
        const MutexLock lock(mutex_);
        if (cleared_[log_id] >= erasures_end) return;
    }
    memory_.clear();
    if (options_.cache) {
        const std::string key = "erased/" + to_string(log_id);
        if (!is_cleared(as_bytes(key), erasures_end)) {
            const auto removed = options_.cache->remove_prefix({});
            if (!removed) return count_failure(removed.error());
            std::array<std::byte, sizeof(erasures_end.value)> mark{};
            store_little_endian(std::span(mark), erasures_end.value);
            const auto put = options_.cache->put(as_bytes(key), mark);
            if (!put) return count_failure(put.error());
        }
    }
    const MutexLock lock(mutex_);
    Sequence& cleared = cleared_[log_id];
    cleared = std::max(cleared, erasures_end);
}

bool StateKeeper::is_cleared(BytesView key, Sequence erasures_end) {
    Buffer value;
    const Result<bool> found = options_.cache->get(key, value);
    if (!found) count_failure(found.error());
    return found && *found && value.size() == sizeof(erasures_end.value) &&
           load_little_endian<std::uint64_t>(value.view()) >= erasures_end.value;
}

void StateKeeper::count_run(Begin begin, std::uint64_t events_folded) {
    const MutexLock lock(mutex_);
    stats_.events_folded += events_folded;
    switch (begin) {
        case Begin::Memory: ++stats_.memory_hits; return;
        case Begin::Cache: ++stats_.cache_hits; return;
        case Begin::FirstEvent: ++stats_.rebuilds; return;
    }
}

void StateKeeper::count_refused() {
    const MutexLock lock(mutex_);
    ++stats_.refused;
}

void StateKeeper::count_failure(const Error& error) {
    const MutexLock lock(mutex_);
    ++stats_.failures;
    stats_.last_failure = error;
}

ProjectorStats StateKeeper::stats() const {
    const StateMemory::Size size = memory_.size();
    const MutexLock lock(mutex_);
    ProjectorStats stats = stats_;
    stats.states = size.states;
    stats.memory_bytes = size.bytes;
    stats.evictions = size.evictions;
    return stats;
}

}  // namespace projection

Projector::Projector(const ProjectorOptions& options)
    : keeper_(std::make_unique<projection::StateKeeper>(options)) {}
Projector::~Projector() = default;

ProjectorStats Projector::stats() const {
    return keeper_->is_inherited() ? ProjectorStats() : keeper_->stats();
}
Result<void> Projector::forget(std::string_view name) {
    if (keeper_->is_inherited()) {
        return fail(ErrorCode::Forked, "the projector was made before a fork(): make a new one");
    }
    return keeper_->forget(name);
}
void Projector::forget_memory() {
    if (!keeper_->is_inherited()) keeper_->memory().clear();
}

}  // namespace batpak
