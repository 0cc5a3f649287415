// Goal:   no wake-up is missed, a deadline ends a wait, and a child after fork() can wait and wake.
// Method: each wait is in a loop, as its callers have it. A build with BATPAK_PORTABLE_SYSTEM=ON
//         runs the same tests on the futex of systems that have none.
#include "base/platform/futex.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <thread>
#include <vector>

namespace batpak {
namespace {

using Word = std::atomic<std::uint32_t>;

std::chrono::steady_clock::time_point in(std::chrono::milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

void wait_while(const Word& word, std::uint32_t seen) {
    while (word.load() == seen) futex_wait(word, seen, std::nullopt);
}

// A word that goes from 0 to 1 and back between two threads, `turns` times.
void play(Word& word, std::uint32_t turns) {
    std::thread other([&] {
        for (std::uint32_t turn = 0; turn < turns; ++turn) {
            wait_while(word, 0);
            word.store(0);
            futex_wake_all(word);
        }
    });
    for (std::uint32_t turn = 0; turn < turns; ++turn) {
        word.store(1);
        futex_wake_all(word);
        wait_while(word, 1);
    }
    other.join();
}

TEST(Futex, ReturnsAtOnceIfTheWordHasChanged) {
    const Word word = 1;
    futex_wait(word, 0, std::nullopt);
}

TEST(Futex, ReturnsAtTheDeadline) {
    const Word word = 0;
    const auto deadline = in(std::chrono::milliseconds(20));
    while (std::chrono::steady_clock::now() < deadline) futex_wait(word, 0, deadline);
    futex_wait(word, 0, in(std::chrono::milliseconds(-1)));
}

TEST(Futex, ADeadlineThatIsOverDoesNotSleep) {
    const Word word{0};
    futex_wait(word, 0, in(std::chrono::hours(-1)));
}

TEST(Futex, MissesNoWakeUp) {
    Word word = 0;
    play(word, 2000);
}

TEST(Futex, WakesEveryWaiterOfAWord) {
    Word word = 0;
    std::vector<std::thread> waiters;
    for (int i = 0; i < 8; ++i) waiters.emplace_back([&] { wait_while(word, 0); });
    word.store(1);
    futex_wake_all(word);
    for (std::thread& waiter : waiters) waiter.join();
}

// More words than a table of a portable build has locks, so that some share one.
TEST(Futex, WordsDoNotDisturbEachOther) {
    std::array<Word, 100> words{};
    std::vector<std::thread> waiters;
    for (Word& word : words) waiters.emplace_back([&] { wait_while(word, 0); });
    for (std::size_t i = words.size(); i > 0; --i) {
        words[i - 1].store(1);
        futex_wake_all(words[i - 1]);
        waiters[i - 1].join();
    }
}

// While other threads of the parent wait and wake without a pause, so that a lock of theirs is
// often held at the moment of the fork. A child that waits for it is ended by its alarm.
TEST(Futex, WorksInAChild) {
    Word busy = 0;
    std::atomic<bool> stop = false;
    std::vector<std::thread> users;
    for (int i = 0; i < 2; ++i) {
        users.emplace_back([&] {
            while (!stop) {
                futex_wake_all(busy);
                futex_wait(busy, 0, std::chrono::steady_clock::now());
            }
        });
    }
    int failed = 0;
    for (int i = 0; i < 200 && failed == 0; ++i) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            ::alarm(20);
            futex_wake_all(busy);
            Word word = 0;
            play(word, 5);
            ::_exit(7);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        failed += WIFEXITED(status) && WEXITSTATUS(status) == 7 ? 0 : 1;
    }
    stop = true;
    for (std::thread& user : users) user.join();
    EXPECT_EQ(failed, 0);
}

TEST(Futex, SpinningNoticesAChange) {
    const Word word = 1;
    EXPECT_TRUE(spin_while(word, 0));
    EXPECT_FALSE(spin_while(word, 1));
}

}  // namespace
}  // namespace batpak
