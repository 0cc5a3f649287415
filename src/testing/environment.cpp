// What tests need most often: a machine that is the same at each run, and one that is fast.
#include "batpak/testing/environment.hpp"

#include "batpak/testing/memory_file_system.hpp"
#include "batpak/testing/simulated_file_system.hpp"

namespace batpak::testing {

Environment simulated_environment(std::uint64_t seed) {
    return {.files = std::make_shared<SimulatedFileSystem>(seed, SimulatedDisk{}),
            .clock = std::make_shared<ManualClock>(ManualClock::kStartUs),
            .entropy = std::make_shared<SeededEntropy>(seed)};
}

Environment memory_environment() {
    return {.files = std::make_shared<MemoryFileSystem>(),
            .clock = real_clock(),
            .entropy = real_entropy()};
}

StoreConfig memory_config() { return StoreConfig("memory").with_environment(memory_environment()); }

}  // namespace batpak::testing
