// StoreStats, Closed: what a store says of itself while it is open, and when it is closed.
//
// Threads: values
// Errors:  none
#pragma once

#include <cstdint>

#include "batpak/base/id.hpp"
#include "batpak/base/sequence.hpp"

namespace batpak {

// In a child after fork() only `events` and `durable_events` are filled in.
struct StoreStats {
    std::uint64_t events = 0;
    std::uint64_t durable_events = 0;
    std::uint64_t segments = 0;
    std::uint64_t writes = 0;           // of frames, since the store was opened
    std::uint64_t syncs = 0;            // for appends, since the store was opened
    std::uint64_t indexes_rebuilt = 0;  // from frames, because no index file would do
    std::uint64_t index_memory_bytes = 0;
    std::uint64_t subscriptions = 0;
    bool poisoned = false;
};

// What close() leaves: everything durable, and the store free for the next.
struct Closed {
    Sequence end;
    LogId log_id;
};

}  // namespace batpak
