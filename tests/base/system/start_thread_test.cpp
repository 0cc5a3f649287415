#include "base/system/start_thread.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <iostream>

#include "support/child_process.hpp"
#include "support/sanitizers.hpp"
#include "support/threads_taken.hpp"

namespace batpak {
namespace {

TEST(StartThread, RunsTheBodyOnAnotherThread) {
    std::atomic<std::thread::id> ran{};
    start_thread([&ran] { ran = std::this_thread::get_id(); }).value()->join();
    EXPECT_NE(ran.load(), std::thread::id());
    EXPECT_NE(ran.load(), std::this_thread::get_id());
}

// 0 if it says what is right.
int start_one_too_many() {
    const testing::ThreadsTaken taken;
    bool ran = false;
    const auto thread = start_thread([&ran] { ran = true; });
    if (thread || ran) return 1;
    if (thread.error().code() != ErrorCode::Io) return 2;
    return thread.error().os_error() == EAGAIN ? 0 : 3;
}

TEST(StartThread, WhereThereIsNoneItSaysSo) {
    if (testing::kAddressSanitized) {
        std::cout << "not run: the sanitizers of this build need the address space themselves\n";
        return;
    }
    EXPECT_EQ(testing::run_in_child(start_one_too_many), 0);
}

}  // namespace
}  // namespace batpak
