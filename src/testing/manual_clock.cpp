// A clock that moves when a test says so. The wall clock may go back, as real ones do; the
// monotonic one never does.
#include "batpak/testing/environment.hpp"

#include "batpak/base/assert.hpp"

namespace batpak::testing {

void ManualClock::advance(std::chrono::microseconds duration) noexcept {
    BATPAK_ASSERT(duration.count() >= 0);
    wall_us_ += duration.count();
    monotonic_ns_ += std::chrono::nanoseconds(duration).count();
}

void ManualClock::go_back(std::chrono::microseconds duration) noexcept {
    BATPAK_ASSERT(duration.count() >= 0);
    wall_us_ -= duration.count();
}

}  // namespace batpak::testing
