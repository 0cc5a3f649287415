// Environments for tests: nothing outside the process, and the same run for the same seed.
//
//     auto disk = std::make_shared<testing::SimulatedFileSystem>(seed, testing::SimulatedDisk{});
//     Environment environment = testing::simulated_environment(seed);
//     environment.files = disk;  // where a test wants to plan faults
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "batpak/base/detail/mutex.hpp"
#include "batpak/base/environment.hpp"
#include "batpak/store/config.hpp"

namespace batpak::testing {

// SeededEntropy: randomness that a test can repeat. Never use it for a real store.
//
// The same seed and the same requests, in the same order, give the same bytes, on every machine.
class SeededEntropy final : public Entropy {
public:
    explicit SeededEntropy(std::uint64_t seed) noexcept : state_(seed) {}

    void fill(MutableBytesView into) noexcept override;

private:
    Mutex mutex_;
    std::uint64_t state_ BATPAK_GUARDED_BY(mutex_);
};

// ManualClock: time that stands still until a test moves it.
//
// Wall time goes where it is set, even back; monotonic time only ever moves forward.
class ManualClock final : public Clock {
public:
    static constexpr std::int64_t kStartUs = 1'700'000'000'000'000;  // 2023-11-14

    explicit ManualClock(std::int64_t wall_us) noexcept : wall_us_(wall_us) {}

    std::int64_t wall_us() noexcept override { return wall_us_.load(); }
    std::chrono::nanoseconds monotonic() noexcept override {
        return std::chrono::nanoseconds(monotonic_ns_.load());
    }

    // Time passes, for both. Requires: duration >= 0.
    void advance(std::chrono::microseconds duration) noexcept;
    // Somebody sets the wall clock; nothing else happens.
    void set_wall_us(std::int64_t wall_us) noexcept { wall_us_ = wall_us; }
    // Somebody turns the wall clock back. Requires: duration >= 0.
    void go_back(std::chrono::microseconds duration) noexcept;

private:
    std::atomic<std::int64_t> wall_us_;
    std::atomic<std::int64_t> monotonic_ns_{0};
};

// A simulated disk, a manual clock at ManualClock::kStartUs, and seeded entropy.
Environment simulated_environment(std::uint64_t seed);

// Files in memory, with the real clock and real entropy.
Environment memory_environment();

// For a store in memory: Store::open(memory_config()). It is empty, and lives as long as the
// config, a copy of it, or a store that was opened with one.
StoreConfig memory_config();

}  // namespace batpak::testing
