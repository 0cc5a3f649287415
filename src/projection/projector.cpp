// Nothing that a cache does can make an answer wrong or a call fail: what it cannot read, or what
// another version wrote, is counted and folded again; what it cannot keep is counted (INV P3).
#include "batpak/projection/projector.hpp"

#include <algorithm>

#include "projection/identity.hpp"
#include "projection/state_keeper.hpp"

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
    // Behind the put, because the cache may be cleared while it is under way. Also of one that
    // failed: it may have got there all the same.
    note_written(record.anchor.log_id, record.erasures_end);
    if (!put) return count_failure(put.error());
    const MutexLock lock(mutex_);
    ++stats_.cache_writes;
}

Result<void> StateKeeper::forget(std::string_view name) {
    memory_.remove_named(name);
    if (options_.cache) BATPAK_CHECK(options_.cache->remove_prefix(as_bytes(cache_prefix(name))));
    return {};
}

void StateKeeper::remove(std::string_view identity) {
    memory_.remove(identity);
    if (!options_.cache) return;
    const Result<void> removed = options_.cache->remove(as_bytes(cache_key(identity)));
    if (!removed) count_failure(removed.error());
}

// What the cache holds under that key tells the next process that it need not be done again. It is
// written when the states are gone, and a failure is told and tried again by the next run: until
// then the states are there, and none of them is used.
void StateKeeper::forget_before(const LogId& log, Sequence erasures_end) {
    const bool wrote_older = take_written_before(log, erasures_end);
    {
        const MutexLock lock(mutex_);
        if (!wrote_older && cleared_.covers(log, erasures_end)) return;
    }
    memory_.clear();
    const Result<void> cleared = clear_cache(log, erasures_end, wrote_older);
    if (!cleared) {
        if (wrote_older) note_written(log, Sequence(0));
        return count_failure(cleared.error());
    }
    const MutexLock lock(mutex_);
    cleared_.note(log, erasures_end);
}

// Removes nothing if another process did it, and this one has not written such a state since.
Result<void> StateKeeper::clear_cache(const LogId& log, Sequence erasures_end, bool wrote_older) {
    if (!options_.cache) return {};
    Buffer value;
    const Result<bool> found = options_.cache->get(as_bytes(ErasureMarks::kKey), value);
    if (!found) count_failure(found.error());
    ErasureMarks marks = found && *found ? ErasureMarks::decode(value.view()) : ErasureMarks();
    if (marks.covers(log, erasures_end) && !wrote_older) return {};
    BATPAK_CHECK(options_.cache->remove_prefix({}));
    marks.note(log, erasures_end);
    value.clear();
    marks.encode(value);
    return options_.cache->put(as_bytes(ErasureMarks::kKey), value.view());
}

void StateKeeper::note_written(const LogId& log, Sequence erasures_end) {
    const MutexLock lock(mutex_);
    const auto [written, is_first] = written_.try_emplace(log, erasures_end);
    if (!is_first) written->second = std::min(written->second, erasures_end);
}

// Taken before the cache is cleared: a state that comes while that is done is noted again.
bool StateKeeper::take_written_before(const LogId& log, Sequence erasures_end) {
    const MutexLock lock(mutex_);
    const auto found = written_.find(log);
    if (found == written_.end() || found->second >= erasures_end) return false;
    written_.erase(found);
    return true;
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
