// Goal:   of all who hold a state of one version, exactly one makes the transition; the machine is
//         then where the winner led it (INV M1).
// Method: four threads read the same light, meet, and switch it at once, 150 rounds; then four
// threads
//         without rounds switch or break one light until each has succeeded 100 times. The log has
//         one event for each success, and reads back.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <barrier>
#include <optional>
#include <thread>
#include <vector>

#include "batpak/testing/environment.hpp"
#include "machine/machines.hpp"

namespace batpak::testing {
namespace {

constexpr std::size_t kThreads = 4;

template <class Body>
void run_threads(Body body) {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) threads.emplace_back(body, i);
    for (std::thread& thread : threads) thread.join();
}

// What a thread was told: whether it was its transition, or what stood in its way.
using Answers = std::array<std::optional<ErrorCode>, kThreads>;

TEST(MachineConcurrency, OneOfAllWhoHoldAVersionWins) {
    constexpr int kRounds = 150;
    auto store = Store::open(memory_config()).value();
    const Coordinate here = door_at("light:1");
    std::barrier<> meet(kThreads);
    std::vector<Answers> rounds(kRounds);
    run_threads([&](std::size_t thread) {
        for (Answers& answers : rounds) {
            auto loaded = Light::load(store, here).value();
            meet.arrive_and_wait();
            const auto done = store.transition(here, std::move(loaded), light::Switched{});
            if (!done) answers[thread] = done.error().code();
            meet.arrive_and_wait();
        }
    });
    for (const Answers& answers : rounds) {
        std::size_t wins = 0;
        for (const auto& answer : answers) {
            if (!answer) ++wins;
            EXPECT_EQ(answer.value_or(ErrorCode::VersionConflict), ErrorCode::VersionConflict);
        }
        EXPECT_EQ(wins, 1U);
    }
    const auto coverage = Light::coverage(store, Region::all()).value();
    EXPECT_EQ(coverage.events, static_cast<std::uint64_t>(kRounds));
}

TEST(MachineConcurrency, WhoeverIsTooLateReadsAgain) {
    constexpr std::uint64_t kSuccesses = 100;
    auto store = Store::open(memory_config()).value();
    const Coordinate here = door_at("light:1");
    std::atomic<std::uint64_t> other_errors{0};
    run_threads([&](std::size_t thread) {
        std::uint64_t successes = 0;
        while (successes < kSuccesses) {
            auto loaded = Light::load(store, here).value();
            const bool breaks = thread == 0 && loaded.can<light::Failed>();
            const auto done = breaks ? store.transition(here, std::move(loaded), light::Failed{})
                                     : store.transition(here, std::move(loaded), light::Switched{});
            if (done) ++successes;
            if (!done && done.error().code() != ErrorCode::VersionConflict) ++other_errors;
        }
    });
    EXPECT_EQ(other_errors.load(), 0U);
    const auto coverage = Light::coverage(store, Region::all()).value();
    EXPECT_EQ(coverage.events, kThreads * kSuccesses);
}

}  // namespace
}  // namespace batpak::testing
