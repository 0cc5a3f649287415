#include "batpak/base/detail/owned_thread.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "support/child_process.hpp"

namespace batpak {
namespace {

TEST(OwnedThread, ItsOwnerWaitsForItsEnd) {
    std::atomic<bool> go{false};
    std::atomic<bool> ended{false};
    {
        const OwnedThread thread([&] {
            while (!go.load()) std::this_thread::yield();
            ended.store(true);
        });
        EXPECT_FALSE(thread.is_inherited());
        EXPECT_FALSE(ended.load());
        go.store(true);
    }
    EXPECT_TRUE(ended.load());
}

TEST(OwnedThread, CanBeJoinedMoreThanOnce) {
    int runs = 0;
    OwnedThread thread([&] { ++runs; });
    thread.join();
    EXPECT_EQ(runs, 1);
    thread.join();
}

// The thread stayed with the parent: to join it, or to destroy it unjoined, would end the child.
TEST(OwnedThread, AChildAfterForkLeavesItAlone) {
    std::atomic<bool> go{false};
    OwnedThread thread([&] {
        while (!go.load()) std::this_thread::yield();
    });
    const int answer = testing::run_in_child([&] {
        const bool inherited = thread.is_inherited();
        thread.join();
        thread.~OwnedThread();
        return inherited ? 0 : 1;
    });
    EXPECT_EQ(answer, 0);
    go.store(true);
}

}  // namespace
}  // namespace batpak
