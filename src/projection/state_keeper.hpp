// StateKeeper: what a Projector is made of: states in memory, the cache behind them, the counts.
//
// Threads: thread-safe; the cache is called with no lock held
// Errors:  of the cache: counted, and answered as if it had nothing
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string_view>

#include "batpak/base/detail/fork.hpp"
#include "batpak/base/detail/mutex.hpp"
#include "batpak/projection/projector.hpp"
#include "projection/erasure_marks.hpp"
#include "projection/state_memory.hpp"

namespace batpak::projection {

class StateKeeper {
public:
    explicit StateKeeper(const ProjectorOptions& options)
        : options_(options), memory_(options.memory_bytes_max) {}

    // In a child after fork() the parent may hold the locks: nothing here is used there.
    bool is_inherited() const noexcept { return mark_.is_inherited(); }

    StateMemory& memory() noexcept { return memory_; }
    std::uint64_t write_every_n_events() const noexcept { return options_.write_every_n_events; }

    // A record of exactly this identity that is whole, wherever it was made.
    std::optional<StateRecord> read(std::string_view identity);
    void write(std::string_view identity, const StateRecord& record);
    // Nothing is kept under this identity any more; a cache that fails at it is counted.
    void remove(std::string_view identity);
    [[nodiscard]] Result<void> forget(std::string_view name);
    // Removes all states, once for each erasure of payloads in that log: which states were made of
    // them, nobody knows. `erasures_end` is as in a StateRecord.
    void forget_before(const LogId& log, Sequence erasures_end);

    enum class Begin : std::uint8_t { Memory, Cache, FirstEvent };
    void count_run(Begin begin, std::uint64_t events_folded);
    void count_refused();
    void count_failure(const Error& error);
    ProjectorStats stats() const;

private:
    const ForkMark mark_;
    const ProjectorOptions options_;
    StateMemory memory_;

    [[nodiscard]] Result<void> clear_cache(const LogId& log, Sequence erasures_end,
                                           bool wrote_older);
    void note_written(const LogId& log, Sequence erasures_end);
    // Whether this object gave the cache a state that was made before this erasure, maybe after
    // the states were removed for it. Forgets that.
    bool take_written_before(const LogId& log, Sequence erasures_end);

    mutable Mutex mutex_;
    ProjectorStats stats_ BATPAK_GUARDED_BY(mutex_);
    ErasureMarks cleared_ BATPAK_GUARDED_BY(mutex_);  // as far as this object knows
    // Of each log, the least erasures_end of what was written since the cache was last cleared.
    std::map<LogId, Sequence> written_ BATPAK_GUARDED_BY(mutex_);
};

}  // namespace batpak::projection
