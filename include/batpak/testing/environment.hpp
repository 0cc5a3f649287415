// Environments for tests: nothing outside the process, and the same run for the same seed.
//
//     auto disk = std::make_shared<testing::SimulatedFileSystem>(seed, testing::SimulatedDisk{});
//     Environment environment = testing::simulated_environment(seed);
//     environment.files = disk;  // where a test wants to plan faults
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <cstdint>

#include "batpak/base/environment.hpp"
#include "batpak/store/config.hpp"

namespace batpak::testing {

// A simulated disk, a manual clock at ManualClock::kStartUs, and seeded entropy.
Environment simulated_environment(std::uint64_t seed);

// Files in memory, with the real clock and real entropy.
Environment memory_environment();

// For a store in memory: Store::open(memory_config()). It is empty, and lives as long as the
// config, a copy of it, or a store that was opened with one.
StoreConfig memory_config();

}  // namespace batpak::testing
