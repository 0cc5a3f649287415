// Projector: keeps the states of project(), so that the next call folds only what is new.
//
//     ProjectorOptions options;
//     options.cache = FileCache::open("./batpak-states").value();
//     auto store = Store::open(StoreConfig("./batpak-data")
//                                  .with_projector(std::make_shared<Projector>(options))).value();
//     auto player = store.project<Player>("player:alice", Freshness::maybe_stale(100ms));
//
// States are kept in memory, up to a number of bytes, the least recently used leaving first; and in
// a ProjectionCache, if there is one, across processes. A kept state names the log and the last
// event that it was made from, by id and hash. It is used only where exactly that event is in the
// log, and inside the view that is asked; else it is folded again. So a cache that is stale,
// damaged, of another store, or ahead of a store that was restored from a backup, costs time and no
// more.
//
// Threads: thread-safe. For one store at a time: another store's states push out this one's. One
//          that was made before a fork() keeps nothing in the child: a store that is opened there
//          needs one of its own.
// Errors:  a cache that fails is counted in stats(), and never fails a projection; forget(): Forked
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "batpak/base/result.hpp"
#include "batpak/projection/projection_cache.hpp"

namespace batpak {

namespace projection {
class StateKeeper;
}

struct ProjectorOptions {
    // Where states are kept for the next process; null: nowhere.
    std::shared_ptr<ProjectionCache> cache = nullptr;
    // How many bytes of states are kept in memory; 0: none.
    std::uint64_t memory_bytes_max = std::uint64_t{64} << 20;
    // A state goes to the cache once so many events were folded into it since it last did: few
    // events are folded faster than a state is written.
    std::uint64_t write_every_n_events = 32;
};

struct ProjectorStats {
    std::uint64_t memory_hits = 0;    // calls that began from a state in memory
    std::uint64_t cache_hits = 0;     // calls that began from a state of the cache
    std::uint64_t rebuilds = 0;       // calls that folded from the first event
    std::uint64_t events_folded = 0;  // in all calls
    std::uint64_t refused = 0;   // kept states that were of another log, damaged, or not readable
    std::uint64_t failures = 0;  // of the cache, and states that have no encoding
    std::uint64_t cache_writes = 0;
    std::uint64_t evictions = 0;
    std::uint64_t states = 0;  // in memory now
    std::uint64_t memory_bytes = 0;
    std::optional<Error> last_failure = std::nullopt;
};

class Projector {
public:
    explicit Projector(const ProjectorOptions& options);
    ~Projector();
    Projector(const Projector&) = delete;
    Projector& operator=(const Projector&) = delete;

    ProjectorStats stats() const;
    // Forgets every state of the projections of that name, of all versions, here and in the cache.
    [[nodiscard]] Result<void> forget(std::string_view name);
    // Forgets what is in memory.
    void forget_memory();

    // For batpak's own use.
    projection::StateKeeper& keeper() noexcept { return *keeper_; }

private:
    const std::unique_ptr<projection::StateKeeper> keeper_;
};

}  // namespace batpak
