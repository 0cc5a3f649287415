// What users call, handed on to a WorkerState. Every worker is started here: its options are
// checked before there is a thread that could fail.
#include "batpak/delivery/cursor_worker.hpp"

#include "batpak/delivery/reactor.hpp"
#include "delivery/worker/worker_state.hpp"

namespace batpak {
namespace {

using delivery::WorkerState;
using delivery::WorkerTask;

Result<CursorWorker> start(std::unique_ptr<WorkerTask> task, const WorkerOptions& options) {
    if (!options.restarts.is_valid()) {
        return fail(ErrorCode::InvalidArgument,
                    "a RestartPolicy allows 1 to 10,000 restarts in a window that is longer than "
                    "nothing, or is once()");
    }
    auto state = std::make_unique<WorkerState>(std::move(task), options);
    BATPAK_CHECK(state->start());
    return CursorWorker(std::move(state));
}

bool failed(WorkerEnd end) noexcept {
    return end == WorkerEnd::HandlerFailed || end == WorkerEnd::PersistFailed ||
           end == WorkerEnd::ReadFailed;
}

}  // namespace

Result<CursorWorker> CursorWorker::start_per_event(Cursor cursor, EventHandler handler,
                                                   const WorkerOptions& options) {
    return start(delivery::event_task(std::move(cursor), std::move(handler)), options);
}

Result<CursorWorker> CursorWorker::start_per_batch(Cursor cursor, std::size_t max,
                                                   BatchHandler handler,
                                                   const WorkerOptions& options) {
    if (max < 1 || max > kBatchMax) {
        return fail(ErrorCode::InvalidArgument, "a worker's batch has 1 to 4,096 events");
    }
    return start(delivery::batch_task(std::move(cursor), max, std::move(handler)), options);
}

Result<CursorWorker> CursorWorker::reacting(Reactor reactor, const WorkerOptions& options) {
    return start(delivery::reactor_task(std::move(reactor)), options);
}

CursorWorker::CursorWorker(std::unique_ptr<WorkerState> state) : state_(std::move(state)) {}
CursorWorker::CursorWorker(CursorWorker&&) noexcept = default;
CursorWorker& CursorWorker::operator=(CursorWorker&&) noexcept = default;
CursorWorker::~CursorWorker() = default;

void CursorWorker::stop() noexcept { state_->stop(); }

// An end that the program asked for is a report. One that it did not is an error, so that it is not
// overlooked.
Result<WorkerReport> CursorWorker::join() {
    state_->join();
    WorkerReport report = state_->report();
    if (failed(*report.end)) return fail(*std::move(report.last_error));
    return report;
}

WorkerReport CursorWorker::report() const { return state_->report(); }

}  // namespace batpak
