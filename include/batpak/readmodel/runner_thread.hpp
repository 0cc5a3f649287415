// RunnerThread: a thread that runs a ProjectionRunner, from its construction to its end.
//
// Threads: thread-compatible; the runner and its models may be used by other threads
// Errors:  an error of the store ends it: see error()
#pragma once

#include <optional>
#include <stop_token>

#include "batpak/base/detail/owned_thread.hpp"
#include "batpak/base/error.hpp"
#include "batpak/base/mutex.hpp"
#include "batpak/readmodel/projection_runner.hpp"

namespace batpak {

class RunnerThread {
public:
    // Borrows: the runner, which must neither move nor go before this does.
    explicit RunnerThread(ProjectionRunner& runner);
    // Ends the thread, after the batch that it may be in; in a child after fork() there is none.
    ~RunnerThread();
    RunnerThread(const RunnerThread&) = delete;
    RunnerThread& operator=(const RunnerThread&) = delete;

    // Why it ended before its time; nothing while it runs. Forked in a child after fork().
    std::optional<Error> error() const;

private:
    mutable Mutex mutex_;
    std::optional<Error> error_ BATPAK_GUARDED_BY(mutex_);

    std::stop_source stop_;
    OwnedThread thread_;
};

}  // namespace batpak
