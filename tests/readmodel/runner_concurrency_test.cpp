// Goal:   while events are appended, models are run in a thread, added and removed, and waited for,
//         every waiter finds its own event in the model, no wait is lost, and a close ends them all
//         (INV U3, U4).
// Method: two appenders who wait for each of their events and look at the state; a thread that adds
//         a second version, waits until it has caught up, switches to it and removes the old one;
//         then a wait for an event that does not come, and a close. A watchdog ends what hangs.
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "batpak/readmodel/projection_runner.hpp"
#include "batpak/readmodel/states.hpp"
#include "readmodel/recorder.hpp"
#include "support/store/store_fixture.hpp"
#include "support/watchdog.hpp"

namespace batpak {
namespace {

using testing::code_of;
using testing::Moved;
using testing::Recorder;

constexpr int kAppends = 150;
constexpr std::chrono::seconds kPatience{60};

std::chrono::steady_clock::time_point in_time() {
    return std::chrono::steady_clock::now() + kPatience;
}

struct Player {
    static constexpr auto projection = projection_of<Moved>("player", 1);
    int x = -1;
    int events = 0;
    void on(const Moved& moved) {
        EXPECT_EQ(moved.x, x + 1);
        x = moved.x;
        ++events;
    }
};

class RunnerConcurrency : public testing::StoreFixture {};

TEST_F(RunnerConcurrency, EveryWaiterFindsItsOwnEvent) {
    const testing::Watchdog watchdog("a runner beside appenders", 2 * kPatience);
    config = config.with_sync_every_n_events(10);
    Store store = open();
    EntityStates<Player> players(Region::all());
    Recorder::Disk disk_old;
    Recorder::Disk disk_new;
    Recorder old_version({"orders", 1}, Region::all(), disk_old);
    Recorder new_version({"orders", 2}, Region::all(), disk_new);
    RunnerOptions options;
    options.batch_events_max = 8;
    ProjectionRunner runner(store, options);
    ASSERT_TRUE(runner.add(players));
    ASSERT_TRUE(runner.add(old_version));
    ASSERT_TRUE(runner.switch_to(old_version));
    {
        const RunnerThread live(runner);
        const auto append = [&](const Coordinate& who) {
            for (int i = 0; i < kAppends; ++i) {
                const Sequence sequence = store.append(who, Moved{i, 0}).value().sequence;
                ASSERT_TRUE(runner.wait_applied(players, sequence, in_time()).value());
                ASSERT_GE(players.find(who.entity())->x, i);
            }
        };
        std::vector<std::jthread> threads;
        for (const Coordinate* who : {&alice, &bob}) threads.emplace_back(append, *who);
        threads.emplace_back([&] {
            ASSERT_TRUE(runner.add(new_version));
            Result<ServingVersion> switched = runner.switch_to(new_version);
            while (!switched) {
                ASSERT_EQ(code_of(switched), ErrorCode::ModelBehind);
                const Sequence next = runner.status(old_version).value().next;
                const Sequence last(std::max<std::uint64_t>(next.value, 1) - 1);
                ASSERT_TRUE(runner.wait_applied(new_version, last, in_time()).value());
                switched = runner.switch_to(new_version);
            }
            ASSERT_TRUE(runner.remove(old_version));
            EXPECT_EQ(code_of(runner.retry(old_version)), ErrorCode::InvalidArgument);
            for (const ModelStatus& status : runner.status()) EXPECT_FALSE(status.error);
        });
        threads.clear();
        EXPECT_FALSE(live.error());
        // The switch is an event that it passes, and the log is at its end.
        const Sequence last(store.visible_end().value - 1);
        EXPECT_TRUE(runner.wait_applied(new_version, last, in_time()).value());
    }
    EXPECT_EQ(disk_new.events.size(), 2U * kAppends);
    EXPECT_EQ(players.find("player:alice")->events, kAppends);
    EXPECT_EQ(serving_version(store, "orders").value()->version, 2U);
}

TEST_F(RunnerConcurrency, CloseEndsTheRunAndTheWaits) {
    const testing::Watchdog watchdog("a close beside a runner", 2 * kPatience);
    Store store = open();
    EntityStates<Player> players(Region::all());
    ProjectionRunner runner(store);
    ASSERT_TRUE(runner.add(players));
    ASSERT_TRUE(store.append(alice, Moved{0, 0}));
    const RunnerThread live(runner);
    ASSERT_TRUE(runner.wait_applied(players, Sequence(0), in_time()).value());
    Result<bool> waited = true;
    std::jthread waiter([&] { waited = runner.wait_applied(players, Sequence(1), in_time()); });
    std::move(store).close().value();
    waiter.join();
    EXPECT_EQ(code_of(waited), ErrorCode::Closed);
}

// A stop while there is nothing to do wakes the thread up; so does a model that is added.
TEST_F(RunnerConcurrency, SleepsUntilThereIsSomethingToDo) {
    const testing::Watchdog watchdog("a runner that sleeps", 2 * kPatience);
    Store store = open();
    ASSERT_TRUE(store.append(alice, Moved{0, 0}));
    EntityStates<Player> players(Region::all());
    ProjectionRunner runner(store);
    {
        const RunnerThread live(runner);
    }
    const RunnerThread live(runner);
    ASSERT_TRUE(runner.add(players));
    EXPECT_TRUE(runner.wait_applied(players, Sequence(0), in_time()).value());
    ASSERT_TRUE(runner.remove(players));
    ASSERT_TRUE(store.append(alice, Moved{1, 0}));
    ASSERT_TRUE(runner.add(players));
    EXPECT_TRUE(runner.wait_applied(players, Sequence(1), in_time()).value());
    EXPECT_EQ(players.find("player:alice")->events, 2);
}

}  // namespace
}  // namespace batpak
