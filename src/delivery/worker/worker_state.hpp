// WorkerState: a task's thread, and what is known of it.
//
// Threads: stop() and report() thread-safe; start() and join() belong to the owner
// Errors:  start(): Io
#pragma once

#include <memory>
#include <optional>
#include <stop_token>

#include "batpak/base/detail/fork.hpp"
#include "batpak/base/detail/mutex.hpp"
#include "batpak/base/detail/owned_thread.hpp"
#include "delivery/worker/restart_budget.hpp"
#include "delivery/worker/worker_task.hpp"

namespace batpak::delivery {

class WorkerState {
public:
    WorkerState(std::unique_ptr<WorkerTask> task, const WorkerOptions& options)
        : task_(std::move(task)),
          clock_(options.clock ? options.clock : real_clock()),
          damaged_(options.damaged),
          budget_(options.restarts) {}
    ~WorkerState();
    WorkerState(const WorkerState&) = delete;
    WorkerState& operator=(const WorkerState&) = delete;

    [[nodiscard]] Result<void> start();
    // In a child after fork() there is no thread: these do nothing, and the report says so.
    bool is_inherited() const noexcept { return mark_.is_inherited(); }
    void stop() noexcept;
    void join();
    WorkerReport report() const BATPAK_EXCLUDES(mutex_);

private:
    void run();
    // One wait and one step; why the worker ends, if it does.
    std::optional<WorkerEnd> turn();
    std::optional<WorkerEnd> after(StepReport step);
    std::optional<WorkerEnd> after_handler_failed(Error error);
    std::optional<WorkerEnd> after_read_failed(const Error& error);
    std::optional<WorkerEnd> ended_by(WorkerEnd end, Error error);
    // Changes the report.
    template <class Change>
    void note(Change change) BATPAK_EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        change(report_);
    }

    const std::unique_ptr<WorkerTask> task_;
    const std::shared_ptr<Clock> clock_;
    const DamagedEvent damaged_;
    RestartBudget budget_;  // the thread's
    std::stop_source stop_;

    mutable Mutex mutex_;
    WorkerReport report_ BATPAK_GUARDED_BY(mutex_);

    const ForkMark mark_;
    std::unique_ptr<OwnedThread> thread_;
};

}  // namespace batpak::delivery
