// Goal:   whatever eight threads do at once, all that they are told could have happened one call
//         after the other (INV C1, C2, W2, W5, I5).
// Method: each writes down its calls; support/history.hpp checks them. BATPAK_HISTORIES says how
//         many histories, BATPAK_SEED the first.
#include <gtest/gtest.h>

#include <iostream>
#include <thread>

#include "batpak/testing/environment.hpp"
#include "support/crash/history_run.hpp"
#include "support/seeds.hpp"
#include "support/watchdog.hpp"

namespace batpak::testing {
namespace {

constexpr std::uint32_t kThreads = 8;
constexpr std::uint32_t kCalls = 300;

TEST(HistoryConcurrency, AllAnswersFitOneOrder) {
    const std::uint64_t first = number_from_environment("BATPAK_SEED").value_or(1);
    const std::uint64_t histories = number_from_environment("BATPAK_HISTORIES").value_or(4);
    std::uint64_t calls = 0;
    for (std::uint64_t seed = first; seed < first + histories && !HasFailure(); ++seed) {
        SCOPED_TRACE("BATPAK_SEED=" + std::to_string(seed));
        const Watchdog watchdog("history " + std::to_string(seed), std::chrono::seconds(120));
        const StoreConfig config = StoreConfig("data")
                                       .with_environment(memory_environment())
                                       .with_segment_bytes(16 << 10)
                                       .with_sync_every_n_events(64);
        Store store = Store::open(config).value();
        std::vector<std::unique_ptr<HistoryRecord>> records;
        std::vector<std::thread> threads;
        for (std::uint32_t i = 0; i < kThreads; ++i) {
            HistoryRecord& record = *records.emplace_back(std::make_unique<HistoryRecord>());
            threads.emplace_back([&store, &record, seed, i] {
                work_on_history(store, {seed, i, 0, kCalls}, record);
            });
        }
        for (std::thread& thread : threads) thread.join();
        History history{.calls = {}, .log = history_log(store)};
        for (const auto& record : records) {
            ASSERT_EQ(record->strange.load(), 0U);
            add_calls(history, *record, history_clock());
        }
        ASSERT_EQ(history.calls.size(), kThreads * kCalls);
        calls += history.calls.size();
        const auto violation = check(history);
        ASSERT_FALSE(violation) << violation->what;
    }
    std::cout << histories << " histories, " << calls << " calls\n";
}

}  // namespace
}  // namespace batpak::testing
