// Goal:   the futex of systems that have none keeps what futex.hpp promises.
// Method: its source is compiled here under other names, beside the futex that this system has, and
//         the tests of that one run with it.
#ifndef BATPAK_PORTABLE_SYSTEM
#define BATPAK_PORTABLE_SYSTEM 1
#endif
#define futex_wait portable_futex_wait
#define futex_wake_all portable_futex_wake_all
#define batpak_make_futex_table batpak_make_portable_futex_table
#include "base/platform/portable_futex.cpp"

// The suite of the tests that follow.
#define Futex PortableFutex
#include "base/platform/futex_test.cpp"

namespace batpak {
namespace {

// Some of these words have one lock: who waits for one is woken for another, looks, and goes on
// waiting.
TEST(PortableFutex, AWakeUpOfAnotherWordEndsNoWait) {
    std::array<Word, 100> words{};
    std::atomic<bool> is_over = false;
    std::thread waiter([&] {
        wait_while(words[0], 0);
        is_over = true;
    });
    for (int round = 0; round < 100; ++round) {
        for (std::size_t i = 1; i < words.size(); ++i) {
            words[i].store(1);
            futex_wake_all(words[i]);
        }
    }
    EXPECT_FALSE(is_over);
    words[0].store(1);
    futex_wake_all(words[0]);
    waiter.join();
    EXPECT_TRUE(is_over);
}

TEST(PortableFutex, WordsAreSpreadOverTheLocks) {
    std::array<Word, 4096> words{};
    std::array<int, kBuckets> used{};
    for (const Word& word : words)
        ++used[static_cast<std::size_t>(&bucket_of(word) - table->data())];
    for (const int count : used) {
        EXPECT_GT(count, 32);
        EXPECT_LT(count, 128);
    }
}

}  // namespace
}  // namespace batpak
