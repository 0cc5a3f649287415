#include "inspector/workers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <iostream>

#include "support/child_process.hpp"
#include "support/sanitizers.hpp"
#include "support/threads_taken.hpp"

namespace batpak::inspector {
namespace {

TEST(InspectorWorkers, DoEachJobOnce) {
    constexpr int kJobs = 1000;
    std::array<std::atomic<int>, kJobs> done{};
    Workers workers;
    workers.start(4).value();
    for (int i = 0; i < kJobs; ++i) {
        workers.add([&done, i] { ++done.at(static_cast<std::size_t>(i)); });
    }
    workers.finish();
    EXPECT_TRUE(std::ranges::all_of(done, [](const auto& times) { return times == 1; }));
}

TEST(InspectorWorkers, OneThreadKeepsTheOrder) {
    std::vector<int> order;
    Workers workers;
    workers.start(1).value();
    for (int i = 0; i < 100; ++i) workers.add([&order, i] { order.push_back(i); });
    workers.finish();
    EXPECT_EQ(order.size(), 100U);
    EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST(InspectorWorkers, FinishTwiceOrUnstartedIsNothing) {
    Workers idle;
    idle.finish();
    Workers workers;
    workers.start(2).value();
    workers.finish();
    workers.finish();
}

// 0 if it says what is right.
int start_without_a_thread() {
    const testing::ThreadsTaken taken;
    Workers workers;
    const Result<void> started = workers.start(24);
    return !started && started.error().code() == ErrorCode::Io ? 0 : 1;
}

TEST(InspectorWorkers, WhereNoThreadCanBeHadStartSaysSo) {
    if (testing::kAddressSanitized) {
        std::cout << "not run: the sanitizers of this build need the address space themselves\n";
        return;
    }
    EXPECT_EQ(testing::run_in_child(start_without_a_thread), 0);
}

}  // namespace
}  // namespace batpak::inspector
