// Three tasks with one shape: take what is next, call the handler, move the position or do not.
// What a handler throws, and what it answers, is one failure of the step; the cursor is then where
// it was.
#include "delivery/worker/worker_task.hpp"

#include "batpak/base/assert.hpp"
#include "batpak/delivery/reactor.hpp"
#include "delivery/isolated.hpp"

namespace batpak::delivery {
namespace {

using TimePoint = std::chrono::steady_clock::time_point;

// What handlers of events and of batches have in common: the position moves after what was
// handled, or not at all.
class CursorTask : public WorkerTask {
public:
    explicit CursorTask(Cursor cursor) : cursor_(std::move(cursor)) {}

    Result<bool> wait(TimePoint deadline, const std::stop_token& stop) override {
        return cursor_.wait(deadline, stop);
    }
    // Stored at once, so that a restart does not meet the damage again.
    Result<void> skip_damaged() override {
        BATPAK_CHECK(cursor_.skip_damaged());
        return cursor_.commit();
    }

protected:
    // Requires: `events` were delivered since the last commit, and handled with this answer.
    StepReport finish(const Result<WorkerStep>& answer, std::uint64_t events) {
        // Committed only here, after the handler has said that it is done (INV Q5).
        if (!answer || *answer == WorkerStep::Rollback) {
            cursor_.rewind();
            Error error = answer ? Error(ErrorCode::HandlerFailed, "the handler rolled back")
                                 : answer.error();
            return {StepOutcome::HandlerFailed, 0, std::move(error)};
        }
        // The handler has run and its events are given out again: it has to bear that, as after a
        // crash (INV Q5).
        if (auto committed = cursor_.commit(); !committed) {
            cursor_.rewind();
            return {StepOutcome::PersistFailed, 0, std::move(committed).error()};
        }
        return {*answer == WorkerStep::Stop ? StepOutcome::Last : StepOutcome::Done, events};
    }

    Cursor cursor_;
};

class EventTask final : public CursorTask {
public:
    EventTask(Cursor cursor, EventHandler handler)
        : CursorTask(std::move(cursor)), handler_(std::move(handler)) {}

    StepReport step() override {
        const Result<std::optional<EventView>> event = cursor_.poll();
        if (!event) return {StepOutcome::ReadFailed, 0, event.error()};
        if (!*event) return {};
        return finish(isolated([&] { return handler_(**event); }), 1);
    }

private:
    const EventHandler handler_;
};

class BatchTask final : public CursorTask {
public:
    BatchTask(Cursor cursor, std::size_t max, BatchHandler handler)
        : CursorTask(std::move(cursor)), handler_(std::move(handler)), max_(max) {}

    StepReport step() override {
        const Result<std::vector<StoredEvent<Bytes>>> events = cursor_.poll_batch(max_);
        if (!events) return {StepOutcome::ReadFailed, 0, events.error()};
        if (events->empty()) return {};
        return finish(isolated([&] { return handler_(*events); }), events->size());
    }

private:
    const BatchHandler handler_;
    const std::size_t max_;
};

class ReactorTask final : public WorkerTask {
public:
    explicit ReactorTask(Reactor reactor) : reactor_(std::move(reactor)) {}

    Result<bool> wait(TimePoint deadline, const std::stop_token& stop) override {
        return reactor_.wait(deadline, stop);
    }
    StepReport step() override {
        const Result<ReactorStep> step = reactor_.step();
        if (!step) return {outcome_of(reactor_.last_failure()), 0, step.error()};
        switch (*step) {
            case ReactorStep::Idle: return {};
            case ReactorStep::Passed:
            case ReactorStep::Reacted: return {StepOutcome::Done, 1};
            case ReactorStep::Skipped: return {StepOutcome::Skipped, 0, reactor_.last_skipped()};
        }
        BATPAK_UNREACHABLE();
    }
    Result<void> skip_damaged() override { return reactor_.skip_damaged(); }

private:
    static StepOutcome outcome_of(ReactorFailure failure) {
        switch (failure) {
            case ReactorFailure::Reading: return StepOutcome::ReadFailed;
            case ReactorFailure::Handler: return StepOutcome::HandlerFailed;
            case ReactorFailure::Storing: return StepOutcome::PersistFailed;
        }
        BATPAK_UNREACHABLE();
    }

    Reactor reactor_;
};

}  // namespace

std::unique_ptr<WorkerTask> event_task(Cursor cursor, EventHandler handler) {
    return std::make_unique<EventTask>(std::move(cursor), std::move(handler));
}
std::unique_ptr<WorkerTask> batch_task(Cursor cursor, std::size_t max, BatchHandler handler) {
    return std::make_unique<BatchTask>(std::move(cursor), max, std::move(handler));
}
std::unique_ptr<WorkerTask> reactor_task(Reactor reactor) {
    return std::make_unique<ReactorTask>(std::move(reactor));
}

}  // namespace batpak::delivery
