#include <gtest/gtest.h>

#include <chrono>

#include "batpak/base/environment.hpp"

namespace batpak {
namespace {

TEST(RealClock, TellsMicrosecondsSince1970) {
    using std::chrono::microseconds;
    const auto now = [] {
        const auto since = std::chrono::system_clock::now().time_since_epoch();
        return std::chrono::duration_cast<microseconds>(since).count();
    };
    const std::int64_t before = now();
    const std::int64_t told = real_clock()->wall_us();
    EXPECT_LE(before - 10'000'000, told);
    EXPECT_LE(told, now() + 10'000'000);
}

TEST(RealClock, NeverGoesBack) {
    const auto clock = real_clock();
    auto last = clock->monotonic();
    for (int i = 0; i < 10'000; ++i) {
        const auto next = clock->monotonic();
        EXPECT_GE(next, last);
        last = next;
    }
    EXPECT_GT(last.count(), 0);
}

}  // namespace
}  // namespace batpak
