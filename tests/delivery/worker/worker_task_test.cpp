// Goal:   after a step the stored position is after what the handler has said is done, and nowhere
//         else (INV Q5).
// Method: each answer that a handler can give, for events and for batches; a commit that fails.
#include "delivery/worker/worker_task.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "batpak/delivery/cursor.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::delivery {
namespace {

struct WorkerTaskTest : testing::StoreFixture {
    WorkerTaskTest() {
        for (int i = 0; i < 5; ++i) EXPECT_TRUE(store.append_raw(alice, kind, payload));
    }

    Cursor cursor() {
        return store.cursor_guaranteed(Region::entity(alice.entity()), CursorId("worker")).value();
    }
    // What the log has, to be read by another cursor of the same id.
    std::uint64_t stored() { return cursor().committed_position().matched; }
    std::unique_ptr<WorkerTask> events(std::function<Result<WorkerStep>()> answer) {
        return event_task(cursor(),
                          [answer = std::move(answer)](const EventView&) { return answer(); });
    }

    Store store = open();
};

TEST_F(WorkerTaskTest, WhatIsDoneIsStored) {
    const auto task = events([] { return WorkerStep::Continue; });
    EXPECT_TRUE(task->wait(std::chrono::steady_clock::now(), {}).value());
    const StepReport report = task->step();
    EXPECT_EQ(report.outcome, StepOutcome::Done);
    EXPECT_EQ(report.events, 1U);
    EXPECT_EQ(stored(), 1U);
}

TEST_F(WorkerTaskTest, AStopIsTheLastThatIsDone) {
    const auto task = events([] { return WorkerStep::Stop; });
    EXPECT_EQ(task->step().outcome, StepOutcome::Last);
    EXPECT_EQ(stored(), 1U);
}

TEST_F(WorkerTaskTest, WhatIsNotDoneComesAgain) {
    int calls = 0;
    const auto task = events([&]() -> Result<WorkerStep> {
        switch (calls++) {
            case 0: return WorkerStep::Rollback;
            case 1: return fail(ErrorCode::Io, "why");
            case 2: throw std::runtime_error("it threw");
            default: return WorkerStep::Continue;
        }
    });
    for (int i = 0; i < 3; ++i) {
        const StepReport report = task->step();
        EXPECT_EQ(report.outcome, StepOutcome::HandlerFailed);
        EXPECT_EQ(report.events, 0U);
        EXPECT_TRUE(report.error);
        EXPECT_EQ(stored(), 0U);
    }
    EXPECT_EQ(task->step().outcome, StepOutcome::Done);
    EXPECT_EQ(stored(), 1U);
}

TEST_F(WorkerTaskTest, ABatchIsDoneAsAWhole) {
    std::vector<std::size_t> sizes;
    const auto task = batch_task(cursor(), 3, [&](const auto& events) -> Result<WorkerStep> {
        sizes.push_back(events.size());
        return sizes.size() == 1 ? WorkerStep::Rollback : WorkerStep::Continue;
    });
    EXPECT_EQ(task->step().outcome, StepOutcome::HandlerFailed);
    EXPECT_EQ(stored(), 0U);
    EXPECT_EQ(task->step().events, 3U);
    EXPECT_EQ(stored(), 3U);
    EXPECT_EQ(task->step().events, 2U);
    EXPECT_EQ(sizes, (std::vector<std::size_t>{3, 3, 2}));
}

TEST_F(WorkerTaskTest, APositionThatCannotBeStoredIsNoStep) {
    const auto task = events([] { return WorkerStep::Continue; });
    disk->fail_next(testing::CallKind::Sync, testing::Fault::io());
    const StepReport report = task->step();
    EXPECT_EQ(report.outcome, StepOutcome::PersistFailed);
    EXPECT_EQ(report.error->code(), ErrorCode::Poisoned);
}

TEST_F(WorkerTaskTest, WithoutEventsThereIsNothingToDo) {
    const auto task = events([] { return WorkerStep::Continue; });
    for (int i = 0; i < 5; ++i) EXPECT_EQ(task->step().events, 1U);
    EXPECT_FALSE(task->wait(std::chrono::steady_clock::now(), {}).value());
    const StepReport report = task->step();
    EXPECT_EQ(report.outcome, StepOutcome::Done);
    EXPECT_EQ(report.events, 0U);
}

}  // namespace
}  // namespace batpak::delivery
