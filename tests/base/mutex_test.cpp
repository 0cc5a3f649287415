#include "batpak/base/detail/mutex.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace batpak {
namespace {

struct Counter {
    Mutex mutex;
    ConditionVariable changed;
    int value BATPAK_GUARDED_BY(mutex) = 0;
};

TEST(Mutex, LetsOneThreadInAtATime) {
    Counter counter;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&counter] {
            for (int round = 0; round < 10'000; ++round) {
                const MutexLock lock(counter.mutex);
                ++counter.value;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    const MutexLock lock(counter.mutex);
    EXPECT_EQ(counter.value, 40'000);
}

TEST(Mutex, CannotBeTakenWhileItIsHeld) {
    Mutex mutex;
    int taken = 0;
    const auto attempt = [&] {
        if (!mutex.try_lock()) return;
        ++taken;
        mutex.unlock();
    };
    {
        const MutexLock lock(mutex);
        std::thread(attempt).join();
        EXPECT_EQ(taken, 0);
    }
    std::thread(attempt).join();
    EXPECT_EQ(taken, 1);
}

TEST(ConditionVariable, WakesWhoeverWaits) {
    Counter counter;
    std::thread waiter([&counter] {
        const MutexLock lock(counter.mutex);
        while (counter.value == 0) counter.changed.wait(counter.mutex);
        ++counter.value;
    });
    {
        const MutexLock lock(counter.mutex);
        counter.value = 1;
    }
    counter.changed.notify_all();
    waiter.join();
    const MutexLock lock(counter.mutex);
    EXPECT_EQ(counter.value, 2);
}

TEST(ConditionVariable, GivesUpAtItsDeadlineWithTheMutexHeld) {
    Counter counter;
    const MutexLock lock(counter.mutex);
    EXPECT_FALSE(counter.changed.wait_until(counter.mutex, std::chrono::steady_clock::now()));
    counter.value = 1;
    bool is_held = false;
    const auto attempt = [&] {
        if (counter.mutex.try_lock()) {
            counter.mutex.unlock();
        } else {
            is_held = true;
        }
    };
    std::thread(attempt).join();
    EXPECT_TRUE(is_held);
}

}  // namespace
}  // namespace batpak
