// Goal:   the table of live receipts stands what threads can do to it: of all who redeem copies of
// one
//         receipt one succeeds, and no receipt is lost or found (INV G1).
// Method: races of four threads for one receipt, without a store behind them; and threads that
// make,
//         move, hand on, redeem and drop receipts as chance has it, each counting what it did.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <barrier>
#include <optional>
#include <random>
#include <thread>

#include "batpak/base/detail/mutex.hpp"
#include "support/faults/thief.hpp"
#include "support/faults/transfers.hpp"
#include "support/file_helpers.hpp"

namespace batpak::testing {
namespace {

#ifdef BATPAK_FEW_CRASHES
constexpr int kRaces = 200;
#else
constexpr int kRaces = 1'000;
#endif
constexpr int kSteps = 4'000;
constexpr std::size_t kThreads = 4;

ErrorCode redeem(Receipt<Transfer>&& receipt) {
    Buffer encoded;
    return code_of(std::move(receipt).redeem(encoded));
}

TEST(ReceiptTable, GivesEachReceiptToOne) {
    std::array<std::optional<MemcpyCopy>, kThreads> copies;
    std::array<ErrorCode, kThreads> answers{};
    std::barrier start(kThreads + 1);
    std::barrier finish(kThreads + 1);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) {
        threads.emplace_back([&, i] {
            for (int race = 0; race < kRaces; ++race) {
                start.arrive_and_wait();
                answers[i] = redeem(std::move(**copies[i]));
                finish.arrive_and_wait();
            }
        });
    }
    int failed = 0;
    for (int race = 0; race < kRaces; ++race) {
        const Receipt<Transfer> original = receipt_for({race % 100, 7}, JudgedView::nothing());
        for (auto& copy : copies) copy.emplace(original);
        start.arrive_and_wait();
        finish.arrive_and_wait();
        if (std::ranges::count(answers, ErrorCode{}) != 1) ++failed;
        if (std::ranges::count(answers, ErrorCode::ReceiptSpent) != kThreads - 1) ++failed;
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(failed, 0);
}

// A place where threads leave receipts for each other.
class Exchange {
public:
    std::optional<Receipt<Transfer>> swap(std::optional<Receipt<Transfer>> receipt) {
        const MutexLock lock(mutex_);
        std::swap(receipt, held_);
        return receipt;
    }

private:
    Mutex mutex_;
    std::optional<Receipt<Transfer>> held_ BATPAK_GUARDED_BY(mutex_);
};

TEST(ReceiptTable, LosesAndInventsNoReceipt) {
    const auto gates = bank_gates();
    Exchange exchange;
    std::array<int, kThreads> bad{};
    const auto work = [&](std::size_t thread) {
        std::mt19937_64 random(thread);
        for (int step = 0; step < kSteps; ++step) {
            std::optional<Receipt<Transfer>> receipt =
                gates.evaluate({1, 1}, Bank{}, JudgedView::nothing()).value();
            if (random() % 2 == 0) receipt = exchange.swap(std::move(receipt));
            if (!receipt || random() % 3 == 0) continue;  // dropped
            Receipt<Transfer> mine = *std::move(receipt);
            if (mine.gates().size() != 3) ++bad[thread];
            if (redeem(std::move(mine)) != ErrorCode{}) ++bad[thread];
            if (redeem(std::move(mine)) != ErrorCode::ReceiptSpent) ++bad[thread];
        }
    };
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) threads.emplace_back(work, i);
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(bad, (std::array<int, kThreads>{}));
}

}  // namespace
}  // namespace batpak::testing
