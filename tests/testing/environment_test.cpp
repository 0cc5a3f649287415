#include "batpak/testing/environment.hpp"

#include <gtest/gtest.h>

#include <array>

#include "support/file_helpers.hpp"

namespace batpak::testing {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

TEST(ManualClock, StandsStillUntilItIsMoved) {
    ManualClock clock(ManualClock::kStartUs);
    EXPECT_EQ(clock.wall_us(), ManualClock::kStartUs);
    EXPECT_EQ(clock.wall_us(), ManualClock::kStartUs);
    EXPECT_EQ(clock.monotonic().count(), 0);
    clock.advance(seconds(2));
    EXPECT_EQ(clock.wall_us(), ManualClock::kStartUs + 2'000'000);
    EXPECT_EQ(clock.monotonic(), seconds(2));
}

TEST(ManualClock, OnlyItsWallTimeGoesBack) {
    ManualClock clock(1000);
    clock.advance(microseconds(5));
    clock.go_back(microseconds(900));
    EXPECT_EQ(clock.wall_us(), 105);
    clock.set_wall_us(-7);
    EXPECT_EQ(clock.wall_us(), -7);
    EXPECT_EQ(clock.monotonic(), microseconds(5));
}

std::string hex_of(Entropy& entropy, std::size_t count) {
    Bytes bytes(count);
    entropy.fill(bytes);
    return to_hex(bytes);
}

// Seeds are kept in bug reports, so what they mean must never change.
TEST(SeededEntropy, MeansTheSameForEver) {
    SeededEntropy entropy(0);
    EXPECT_EQ(hex_of(entropy, 8), "afcd1d7b39a820e2");  // splitmix64: e220a8397b1dcdaf
    SeededEntropy again(0);
    EXPECT_EQ(hex_of(again, 20).substr(0, 16), "afcd1d7b39a820e2");
}

TEST(SeededEntropy, RepeatsBySeedAndDiffersBetweenCallsAndSeeds) {
    SeededEntropy a(1);
    SeededEntropy b(1);
    SeededEntropy c(2);
    const std::string first = hex_of(a, 33);
    EXPECT_EQ(first, hex_of(b, 33));
    EXPECT_NE(first, hex_of(c, 33));
    EXPECT_NE(first, hex_of(a, 33));
    EXPECT_EQ(hex_of(a, 0), "");
}

TEST(Environment, OfASimulationIsTheSameForTheSameSeed) {
    const Environment a = simulated_environment(7);
    const Environment b = simulated_environment(7);
    EXPECT_EQ(hex_of(*a.entropy, 16), hex_of(*b.entropy, 16));
    EXPECT_EQ(a.clock->wall_us(), b.clock->wall_us());
    EXPECT_TRUE(a.files->open_directory("/x", true));
    EXPECT_FALSE(b.files->open_directory("/x", false));
}

TEST(Environment, InMemoryHasRealTime) {
    const Environment environment = memory_environment();
    EXPECT_GT(environment.clock->wall_us(), ManualClock::kStartUs);
    EXPECT_NE(hex_of(*environment.entropy, 16), hex_of(*environment.entropy, 16));
    EXPECT_TRUE(environment.files->open_directory("/x", true));
}

}  // namespace
}  // namespace batpak::testing
