// A worker's outcomes, and where the position is after each; what it says of how it ended.
#include "batpak/delivery/cursor_worker.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <random>

#include "batpak/delivery/reactor.hpp"
#include "delivery/worker/restart_budget.hpp"
#include "support/store/store_fixture.hpp"
#include "support/watchdog.hpp"

namespace batpak {
namespace {

using namespace std::chrono_literals;
using delivery::RestartBudget;
using testing::Moved;

// ---- the budget

TEST(RestartBudget, OnceAllowsNone) {
    RestartBudget budget(RestartPolicy::once());
    EXPECT_FALSE(budget.take(0ns));
    EXPECT_FALSE(budget.take(1h));
}

TEST(RestartBudget, TheWindowEndsToTheNanosecond) {
    RestartBudget budget(RestartPolicy::bounded(2, 1ms));
    EXPECT_TRUE(budget.take(0ns));
    EXPECT_TRUE(budget.take(10ns));
    EXPECT_FALSE(budget.take(999'999ns));
    EXPECT_TRUE(budget.take(1'000'000ns));
    EXPECT_FALSE(budget.take(1'000'009ns));
    EXPECT_TRUE(budget.take(1'000'010ns));
}

// Goal:   of any window at most n restarts are allowed, and one is refused only if there were n.
// Method: random times against a list of all that were allowed, counted anew each time.
TEST(RestartBudget, AllowsAsManyAsACountOfTheWindowDoes) {
    const std::uint32_t seed = 20'261;
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int run = 0; run < 200; ++run) {
        const auto restarts = static_cast<std::uint32_t>(1 + random() % 5);
        const std::chrono::nanoseconds window(1 + random() % 50);
        RestartBudget budget(RestartPolicy::bounded(restarts, window));
        std::vector<std::chrono::nanoseconds> allowed;
        std::chrono::nanoseconds now(0);
        for (int step = 0; step < 100; ++step) {
            now += std::chrono::nanoseconds(random() % 20);
            const auto in_window = std::count_if(allowed.begin(), allowed.end(),
                                                 [&](auto time) { return time > now - window; });
            const bool expected = in_window < static_cast<std::ptrdiff_t>(restarts);
            ASSERT_EQ(budget.take(now), expected);
            if (expected) allowed.push_back(now);
        }
    }
}

// ---- the worker

const CursorId kId("worker");

class CursorWorkerTest : public testing::StoreFixture {
protected:
    CursorWorkerTest() {
        for (int i = 0; i < 4; ++i) EXPECT_TRUE(store.append(alice, Moved{i, 0}));
    }

    Cursor cursor() { return store.cursor_guaranteed(Region::all(), kId).value(); }
    // What the next cursor of the id would deliver first.
    Sequence stored_position() { return cursor().committed_position().next; }

    testing::Watchdog watchdog{"CursorWorker", 60s};
    Store store = open();
    WorkerOptions options;
};

TEST_F(CursorWorkerTest, ContinueStoresThePositionBehindEachEventAndStopBehindItself) {
    std::vector<std::uint64_t> seen;
    auto worker = CursorWorker::per_event(
        cursor(),
        [&](const EventView& event) {
            seen.push_back(event.sequence().value);
            return event.sequence() == Sequence(2) ? WorkerStep::Stop : WorkerStep::Continue;
        },
        options);
    const auto report = worker->join();
    ASSERT_TRUE(report);
    EXPECT_EQ(report->end, WorkerEnd::Stopped);
    EXPECT_EQ(report->handled, 3U);
    EXPECT_FALSE(report->last_error);
    EXPECT_EQ(seen, (std::vector<std::uint64_t>{0, 1, 2}));
    EXPECT_EQ(stored_position(), Sequence(3));  // (INV Q5)
}

TEST_F(CursorWorkerTest, RollbackLeavesThePositionWhereItWas) {
    auto worker = CursorWorker::per_event(
        cursor(),
        [&](const EventView& event) {
            return event.sequence() == Sequence(2) ? WorkerStep::Rollback : WorkerStep::Continue;
        },
        options);
    const auto report = worker->join();
    EXPECT_EQ(testing::code_of(report), ErrorCode::HandlerFailed);
    EXPECT_EQ(worker->report().end, WorkerEnd::HandlerFailed);
    EXPECT_EQ(worker->report().handled, 2U);
    EXPECT_EQ(stored_position(), Sequence(2));  // (INV Q5)
}

TEST_F(CursorWorkerTest, TriesAgainAsOftenAsItsPolicyAllows) {
    options.restarts = RestartPolicy::bounded(3, 1s);
    options.clock = clock;  // stands still
    int calls = 0;
    auto worker = CursorWorker::per_event(
        cursor(),
        [&](const EventView&) {
            ++calls;
            return WorkerStep::Rollback;
        },
        options);
    EXPECT_FALSE(worker->join());
    EXPECT_EQ(calls, 4);
    EXPECT_EQ(worker->report().restarts, 3U);

    // Time passes between the failures: there is always a restart left.
    calls = 0;
    worker = CursorWorker::per_event(
        cursor(),
        [&](const EventView&) {
            clock->advance(1s);
            return ++calls < 20 ? WorkerStep::Rollback : WorkerStep::Stop;
        },
        options);
    EXPECT_TRUE(worker->join());
    EXPECT_EQ(worker->report().restarts, 19U);
    EXPECT_EQ(stored_position(), Sequence(1));
}

// Whatever leaves the handler that is no answer.
enum class Trouble { Exception, BadAlloc, Number, Error, ThreadExit };

class Troubled : public CursorWorkerTest, public ::testing::WithParamInterface<Trouble> {};

TEST_P(Troubled, IsReportedAndThePositionStays) {
    auto worker = CursorWorker::per_event(
        cursor(),
        [&](const EventView& event) -> Result<WorkerStep> {
            if (event.sequence() == Sequence(0)) return WorkerStep::Continue;
            switch (GetParam()) {
                case Trouble::Exception: throw std::runtime_error("the printer is on fire");
                case Trouble::BadAlloc: throw std::bad_alloc();
                case Trouble::Number: throw 42;
                case Trouble::Error: return fail(ErrorCode::EventNotFound, "no such order");
                case Trouble::ThreadExit: ::pthread_exit(nullptr);
            }
            return WorkerStep::Continue;
        },
        options);
    const auto report = worker->join();
    EXPECT_EQ(testing::code_of(report),
              GetParam() == Trouble::Error ? ErrorCode::EventNotFound : ErrorCode::HandlerFailed);
    EXPECT_EQ(worker->report().end, WorkerEnd::HandlerFailed);
    EXPECT_EQ(stored_position(), Sequence(1));  // (INV Q5)
    EXPECT_TRUE(store.append(bob, Moved{}));    // everybody else goes on
}

INSTANTIATE_TEST_SUITE_P(Every, Troubled,
                         ::testing::Values(Trouble::Exception, Trouble::BadAlloc, Trouble::Number,
                                           Trouble::Error, Trouble::ThreadExit));

TEST_F(CursorWorkerTest, ABatchIsDoneAsAWholeOrNotAtAll) {
    std::vector<std::size_t> sizes;
    auto worker = CursorWorker::per_batch(
        cursor(), 3,
        [&](std::span<const StoredEvent<Bytes>> events) {
            sizes.push_back(events.size());
            return sizes.size() == 2 ? WorkerStep::Rollback : WorkerStep::Continue;
        },
        options);
    EXPECT_FALSE(worker->join());
    EXPECT_EQ(sizes, (std::vector<std::size_t>{3, 1}));
    EXPECT_EQ(stored_position(), Sequence(3));
}

TEST_F(CursorWorkerTest, APositionThatCannotBeStoredEndsIt) {
    options.restarts = RestartPolicy::bounded(10, 1s);
    Cursor rival = cursor();
    int calls = 0;
    auto worker = CursorWorker::per_event(
        cursor(),
        [&](const EventView&) {
            if (++calls == 2) {
                EXPECT_TRUE(rival.poll().value());
                EXPECT_TRUE(rival.commit().error().code() == ErrorCode::VersionConflict);
                Cursor other = cursor();
                EXPECT_TRUE(other.poll().value());
                EXPECT_TRUE(other.commit());
            }
            return WorkerStep::Continue;
        },
        options);
    EXPECT_EQ(testing::code_of(worker->join()), ErrorCode::VersionConflict);
    EXPECT_EQ(worker->report().end, WorkerEnd::PersistFailed);
    EXPECT_EQ(calls, 2);
}

TEST_F(CursorWorkerTest, AFailedDiskEndsItAndIsReported) {
    options.restarts = RestartPolicy::bounded(10, 1s);
    auto worker = CursorWorker::per_event(
        cursor(),
        [&](const EventView&) {
            disk->fail_next(testing::CallKind::Sync, testing::Fault::io());
            return WorkerStep::Continue;
        },
        options);
    EXPECT_FALSE(worker->join());
    EXPECT_EQ(worker->report().end, WorkerEnd::PersistFailed);
    EXPECT_EQ(worker->report().restarts, 0U);
}

TEST_F(CursorWorkerTest, EndsWhenItIsStoppedClosedOrDestroyed) {
    const auto handler = [](const EventView&) { return WorkerStep::Continue; };
    auto stopped = CursorWorker::per_event(cursor(), handler, options);
    stopped->stop();
    EXPECT_EQ(stopped->join().value().end, WorkerEnd::StopRequested);
    EXPECT_EQ(stopped->join().value().end, WorkerEnd::StopRequested);

    {
        const auto destroyed = CursorWorker::per_event(cursor(), handler, options);
    }

    auto closed = CursorWorker::per_event(cursor(), handler, options);
    std::move(store).close().value();
    EXPECT_EQ(closed->join().value().end, WorkerEnd::StoreClosed);
}

TEST_F(CursorWorkerTest, RefusesOptionsThatMeanNothing) {
    const auto handler = [](const EventView&) { return WorkerStep::Continue; };
    for (const RestartPolicy policy : {RestartPolicy::bounded(0, 1s), RestartPolicy::bounded(1, 0s),
                                       RestartPolicy::bounded(10'001, 1s)}) {
        options.restarts = policy;
        EXPECT_EQ(testing::code_of(CursorWorker::per_event(cursor(), handler, options)),
                  ErrorCode::InvalidArgument);
    }
    const auto batches = [](std::span<const StoredEvent<Bytes>>) { return WorkerStep::Continue; };
    for (const std::size_t max : {std::size_t{0}, CursorWorker::kBatchMax + 1}) {
        EXPECT_EQ(testing::code_of(CursorWorker::per_batch(cursor(), max, batches, {})),
                  ErrorCode::InvalidArgument);
    }
}

TEST_F(CursorWorkerTest, AHandlerMayUseTheStoreAndItsWorker) {
    std::optional<CursorWorker> worker;
    std::atomic<bool> is_set{false};
    worker = CursorWorker::per_event(
                 cursor(),
                 [&](const EventView& event) {
                     while (!is_set.load()) std::this_thread::yield();
                     EXPECT_TRUE(store.append(bob, Moved{9, 9}));
                     EXPECT_TRUE(store.find(event.event_id()));
                     EXPECT_FALSE(worker->report().end);
                     worker->stop();
                     return WorkerStep::Continue;
                 },
                 options)
                 .value();
    is_set.store(true);
    EXPECT_EQ(worker->join().value().handled, 1U);
}

}  // namespace
}  // namespace batpak
