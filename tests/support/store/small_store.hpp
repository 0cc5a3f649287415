// SmallStore: three segments in few bytes, so that a test can damage every bit of them.
//
// Twelve events of four entities, three scopes and three kinds, with metadata, causes, correlations
// and a name that is not UTF-8. Everything in it is made from the seed.
//
// Threads: thread-compatible
// Errors:  none; a store that cannot be made throws
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "batpak/store/store.hpp"
#include "batpak/testing/simulated_file_system.hpp"
#include "support/store/event_copy.hpp"

namespace batpak::testing {

using Disk = std::shared_ptr<SimulatedFileSystem>;

enum class StoreEnd : std::uint8_t {
    Closed,  // with its mark and its index
    Killed,  // the process died behind the last acknowledgement
};

struct SmallStore {
    Disk disk;
    std::vector<EventCopy> events;
    Hash root;

    // Of the active segment: the last event's frame, and where the reserved zeros begin.
    std::uint64_t last_frame = 0;
    std::uint64_t last_frame_end = 0;
    std::uint64_t active_end = 0;
};

// How tests open a store on `disk`: segments of 4 KiB, a clock and entropy that are the seed's.
StoreConfig config_on(const Disk& disk, std::uint64_t seed);

SmallStore make_small_store(std::uint64_t seed, StoreEnd end);

// Places inside a store.
inline constexpr const char* kStorePath = "/store";
std::string segment_path(std::uint64_t id);
std::string store_path(const std::string& name);

}  // namespace batpak::testing
