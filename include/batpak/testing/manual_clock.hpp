// ManualClock: time that stands still until a test moves it.
//
// Wall time goes where it is set, even back; monotonic time only ever moves forward.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "batpak/base/clock.hpp"

namespace batpak::testing {

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

}  // namespace batpak::testing
