// Goal:   a wait ends for one of its four reasons, and no other thread than those that are served
//         wakes (INV D3).
// Method: each reason, before and during the wait; many threads that wait for many places,
//         announced one by one. A lost wake-up is a test that hangs.
#include "store/ends/arrivals.hpp"

#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

namespace batpak::store {
namespace {

using std::chrono::steady_clock;
using Outcome = Arrivals::Outcome;

const auto kNever = steady_clock::time_point::max();

struct ArrivalsTest : ::testing::Test {
    void publish(std::uint64_t end) {
        ends.publish(Sequence(end), Sequence(0));
        arrivals.announce(Sequence(end));
    }
    Outcome wait(std::uint64_t sequence, steady_clock::time_point deadline = kNever) {
        return arrivals.wait(ends, Sequence(sequence), deadline, stop.get_token());
    }

    Ends ends;
    Arrivals arrivals;
    std::stop_source stop;
};

TEST_F(ArrivalsTest, DoesNotWaitForWhatIsThere) {
    publish(3);
    EXPECT_EQ(wait(0), Outcome::Arrived);
    EXPECT_EQ(wait(2), Outcome::Arrived);
}

TEST_F(ArrivalsTest, TheDeadlineEndsAWait) {
    publish(3);
    EXPECT_EQ(wait(3, steady_clock::now()), Outcome::TimedOut);
    EXPECT_EQ(wait(3, steady_clock::now() + std::chrono::milliseconds(3)), Outcome::TimedOut);
}

TEST_F(ArrivalsTest, AStopEndsAWaitAlsoIfItCameBefore) {
    stop.request_stop();
    EXPECT_EQ(wait(0), Outcome::Stopped);
    publish(1);
    EXPECT_EQ(wait(0), Outcome::Arrived);  // what is there counts more
}

TEST_F(ArrivalsTest, AStopWakesTheOneThatSleeps) {
    Outcome outcome = Outcome::Arrived;
    std::thread sleeper([&] { outcome = wait(7); });
    stop.request_stop();
    sleeper.join();
    EXPECT_EQ(outcome, Outcome::Stopped);
}

TEST_F(ArrivalsTest, CloseEndsEveryWaitAndEachThatComesLater) {
    std::array<Outcome, 3> outcomes{};
    std::vector<std::thread> sleepers;
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        sleepers.emplace_back([this, i, &outcomes] { outcomes[i] = wait(i); });
    arrivals.close();
    for (std::thread& sleeper : sleepers) sleeper.join();
    for (const Outcome outcome : outcomes) EXPECT_EQ(outcome, Outcome::Closed);
    EXPECT_EQ(wait(0), Outcome::Closed);
}

// They enlist in an order that is none of their sequences'.
TEST_F(ArrivalsTest, EachIsServedByTheAnnouncementThatCoversIt) {
    constexpr std::uint64_t kThreads = 8;
    std::array<std::atomic<bool>, kThreads> served{};
    std::vector<std::thread> sleepers;
    for (std::uint64_t i = 0; i < kThreads; ++i) {
        const std::uint64_t place = i * 5 % kThreads;
        sleepers.emplace_back([this, place, &served] {
            EXPECT_EQ(wait(place), Outcome::Arrived);
            EXPECT_GT(ends.visible(), Sequence(place));
            served[place].store(true);
        });
    }
    for (std::uint64_t end = 1; end <= kThreads; ++end) {
        publish(end);
        while (!served[end - 1].load()) std::this_thread::yield();
        for (std::uint64_t later = end; later < kThreads; ++later) EXPECT_FALSE(served[later]);
    }
    for (std::thread& sleeper : sleepers) sleeper.join();
}

TEST_F(ArrivalsTest, AnAnnouncementDuringTheWayToSleepIsNotLost) {
    for (std::uint64_t round = 0; round < 300; ++round) {
        std::thread sleeper([&] { EXPECT_EQ(wait(round), Outcome::Arrived); });
        publish(round + 1);
        sleeper.join();
    }
}

}  // namespace
}  // namespace batpak::store
