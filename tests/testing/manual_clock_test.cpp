#include "batpak/testing/environment.hpp"

#include <gtest/gtest.h>

namespace batpak::testing {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

TEST(ManualClock, StandsStill) {
    ManualClock clock(ManualClock::kStartUs);
    EXPECT_EQ(clock.wall_us(), ManualClock::kStartUs);
    EXPECT_EQ(clock.wall_us(), ManualClock::kStartUs);
    EXPECT_EQ(clock.monotonic(), clock.monotonic());
}

TEST(ManualClock, TimePassesForBothClocks) {
    ManualClock clock(100);
    const nanoseconds before = clock.monotonic();
    clock.advance(microseconds(5));
    EXPECT_EQ(clock.wall_us(), 105);
    EXPECT_EQ(clock.monotonic() - before, nanoseconds(5000));
    clock.advance(microseconds(0));
    EXPECT_EQ(clock.wall_us(), 105);
}

TEST(ManualClock, OnlyTheWallClockIsSetAndGoesBack) {
    ManualClock clock(100);
    const nanoseconds before = clock.monotonic();
    clock.go_back(microseconds(300));
    EXPECT_EQ(clock.wall_us(), -200);
    clock.set_wall_us(7);
    EXPECT_EQ(clock.wall_us(), 7);
    EXPECT_EQ(clock.monotonic(), before);
}

}  // namespace
}  // namespace batpak::testing
