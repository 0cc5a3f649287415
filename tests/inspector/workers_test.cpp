#include "inspector/workers.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <fstream>
#include <iostream>

#include "support/child_process.hpp"
#include "support/sanitizers.hpp"

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

std::uint64_t address_space_bytes() {
    std::uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// In a child, as the limit stays: 0 if start() says what is right.
int start_without_memory_for_stacks() {
    rlimit few{};
    few.rlim_cur = few.rlim_max = address_space_bytes() + (std::uint64_t{40} << 20);
    if (::setrlimit(RLIMIT_AS, &few) != 0) return 2;
    Workers workers;
    const Result<void> started = workers.start(24);
    if (started) return 3;
    if (started.error().code() != ErrorCode::Io) return 4;
    return started.error().os_error() == EAGAIN ? 0 : 5;
}

TEST(InspectorWorkers, WhereNoThreadCanBeHadStartSaysSo) {
    if (testing::kAddressSanitized) {
        std::cout << "not run: the sanitizers of this build need the address space themselves\n";
        return;
    }
    EXPECT_EQ(testing::run_in_child(start_without_memory_for_stacks), 0);
}

}  // namespace
}  // namespace batpak::inspector
