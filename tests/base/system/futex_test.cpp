// Goal:   a sleeper wakes when the word changes and when the deadline passes, and a change before
//         the sleep is never slept through.
// Method: one word, a thread that changes it, and deadlines that are over.
#include "base/system/futex.hpp"

#include <gtest/gtest.h>

#include <array>
#include <thread>

namespace batpak {
namespace {

using std::chrono::steady_clock;

TEST(Futex, DoesNotSleepOnAWordThatChangedBefore) {
    const std::atomic<std::uint32_t> word{1};
    futex_wait(word, 0, std::nullopt);  // for ever, if it slept
}

TEST(Futex, WakesAtTheDeadline) {
    const std::atomic<std::uint32_t> word{0};
    const auto deadline = steady_clock::now() + std::chrono::milliseconds(5);
    while (steady_clock::now() < deadline) futex_wait(word, 0, deadline);
    EXPECT_EQ(word.load(), 0U);
}

TEST(Futex, ADeadlineThatIsOverDoesNotSleep) {
    const std::atomic<std::uint32_t> word{0};
    futex_wait(word, 0, steady_clock::now() - std::chrono::hours(1));
}

TEST(Futex, WakesAllThatSleep) {
    std::atomic<std::uint32_t> word{0};
    std::array<std::thread, 3> sleepers;
    for (std::thread& sleeper : sleepers) {
        sleeper = std::thread([&] {
            while (word.load(std::memory_order_acquire) == 0) futex_wait(word, 0, std::nullopt);
        });
    }
    word.store(1, std::memory_order_release);
    futex_wake_all(word);
    for (std::thread& sleeper : sleepers) sleeper.join();
}

TEST(Futex, SpinningSaysWhetherTheWordChanged) {
    const std::atomic<std::uint32_t> word{5};
    EXPECT_TRUE(spin_while(word, 4));
    EXPECT_FALSE(spin_while(word, 5));
}

}  // namespace
}  // namespace batpak
