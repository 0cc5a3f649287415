// A worker is a loop of waits and steps. Its end has one reason, which is the first that came:
//
//     step says     Done, Skipped     go on
//                   Last              Stopped, as the handler asked
//                   HandlerFailed     again from the stored position, while the budget lasts
//                   PersistFailed     the end: the position is not where the handler is
//     a read fails  damage            skipped, if so asked; else the end
//                   closed            the end, and no failure
#include "delivery/worker/worker_state.hpp"

#include "base/exceptions.hpp"
#include "base/platform/forced_unwind.hpp"
#include "base/system/start_thread.hpp"
#include "batpak/base/assert.hpp"

namespace batpak::delivery {
namespace {

// How long a worker sleeps before it looks whether there is something; nothing depends on it.
constexpr std::chrono::hours kWaitMax{1};

}  // namespace

// It waits for the handler that is running: what that borrows may go after this.
WorkerState::~WorkerState() {
    stop();
    join();
}

Result<void> WorkerState::start() {
    BATPAK_TRY(thread_, start_thread([this] { run(); }));
    return {};
}

void WorkerState::stop() noexcept {
    if (!is_inherited()) stop_.request_stop();
}

void WorkerState::join() {
    if (thread_) thread_->join();
}

WorkerReport WorkerState::report() const {
    if (is_inherited()) {
        WorkerReport report;
        report.end = WorkerEnd::ReadFailed;
        report.last_error =
            Error(ErrorCode::Forked, "the worker stayed with the parent: start one in the child");
        return report;
    }
    const MutexLock lock(mutex_);
    return report_;
}

void WorkerState::run() {
    std::optional<WorkerEnd> end;
    try {
        while (!end) end = turn();
    } catch (const ForcedUnwind&) {
        ended_by(WorkerEnd::HandlerFailed,
                 Error(ErrorCode::HandlerFailed, "the handler ended its thread"));
        note([&](WorkerReport& report) { report.end = WorkerEnd::HandlerFailed; });
        throw;       // which the C library demands
    } catch (...) {  // no handler's: memory ran out
        end = ended_by(WorkerEnd::ReadFailed, error_of_exception());
    }
    note([&](WorkerReport& report) { report.end = end; });
}

// A stop is looked at before and after the wait: none is taken for an event, and no event is begun
// after it.
std::optional<WorkerEnd> WorkerState::turn() {
    const std::stop_token stop = stop_.get_token();
    if (stop.stop_requested()) return WorkerEnd::StopRequested;
    const Result<bool> ready = task_->wait(std::chrono::steady_clock::now() + kWaitMax, stop);
    if (!ready) return after_read_failed(ready.error());
    if (!*ready || stop.stop_requested()) return std::nullopt;
    return after(task_->step());
}

// Every outcome is noted before the next turn, so that a report is never older than the last step.
std::optional<WorkerEnd> WorkerState::after(StepReport step) {
    switch (step.outcome) {
        case StepOutcome::Done:
            note([&](WorkerReport& report) { report.handled += step.events; });
            return std::nullopt;
        case StepOutcome::Last:
            note([&](WorkerReport& report) { report.handled += step.events; });
            return WorkerEnd::Stopped;
        case StepOutcome::Skipped:
            note([&](WorkerReport& report) {
                ++report.skipped;
                report.last_error = std::move(step.error);
            });
            return std::nullopt;
        case StepOutcome::HandlerFailed: return after_handler_failed(*std::move(step.error));
        case StepOutcome::ReadFailed: return after_read_failed(*step.error);
        case StepOutcome::PersistFailed:
            return ended_by(WorkerEnd::PersistFailed, *std::move(step.error));
    }
    BATPAK_UNREACHABLE();
}

std::optional<WorkerEnd> WorkerState::after_handler_failed(Error error) {
    if (!budget_.take(clock_->monotonic())) {
        return ended_by(WorkerEnd::HandlerFailed, std::move(error));
    }
    note([&](WorkerReport& report) {
        ++report.restarts;
        report.last_error = std::move(error);
    });
    return std::nullopt;
}

std::optional<WorkerEnd> WorkerState::after_read_failed(const Error& error) {
    const bool is_damage =
        error.code() == ErrorCode::CorruptFrame || error.code() == ErrorCode::CorruptHash;
    if (!is_damage || damaged_ == DamagedEvent::Stop) return ended_by(WorkerEnd::ReadFailed, error);
    if (auto skipped = task_->skip_damaged(); !skipped) {
        return ended_by(WorkerEnd::ReadFailed, std::move(skipped).error());
    }
    note([&](WorkerReport& report) {
        ++report.skipped;
        report.last_error = error;
    });
    return std::nullopt;
}

// A store that is closed under a worker ends it, whatever the worker was about to do.
std::optional<WorkerEnd> WorkerState::ended_by(WorkerEnd end, Error error) {
    const bool closed = error.code() == ErrorCode::Closed;
    if (closed && end != WorkerEnd::HandlerFailed) return WorkerEnd::StoreClosed;
    note([&](WorkerReport& report) { report.last_error = std::move(error); });
    return end;
}

}  // namespace batpak::delivery
