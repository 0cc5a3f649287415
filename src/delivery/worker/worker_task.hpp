// WorkerTask: what a CursorWorker's thread does over and over, as the thread sees it.
//
// Threads: thread-compatible; after the worker has started, only its thread uses it
// Errors:  see each
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>

#include "batpak/delivery/cursor_worker.hpp"

namespace batpak::delivery {

// How one step went. After every outcome but Done and Last the task is where it was before.
enum class StepOutcome : std::uint8_t {
    Done,
    Last,
    Skipped,
    HandlerFailed,
    PersistFailed,
    ReadFailed
};

struct StepReport {
    StepOutcome outcome = StepOutcome::Done;
    std::uint64_t events = 0;  // that were handled
    std::optional<Error> error = std::nullopt;
};

class WorkerTask {
public:
    virtual ~WorkerTask() = default;
    WorkerTask() = default;
    WorkerTask(const WorkerTask&) = delete;
    WorkerTask& operator=(const WorkerTask&) = delete;

    // True when step() has something to do, an error to tell included.
    [[nodiscard]] virtual Result<bool> wait(std::chrono::steady_clock::time_point deadline,
                                            const std::stop_token& stop) = 0;
    virtual StepReport step() = 0;
    // Passes over the damaged event that wait() or step() failed at.
    [[nodiscard]] virtual Result<void> skip_damaged() = 0;
};

std::unique_ptr<WorkerTask> event_task(Cursor cursor, EventHandler handler);
std::unique_ptr<WorkerTask> batch_task(Cursor cursor, std::size_t max, BatchHandler handler);
std::unique_ptr<WorkerTask> reactor_task(Reactor reactor);

}  // namespace batpak::delivery
