// VerifyJob: one check of the store at a time, on a thread of its own, with how far it is.
//
// Threads: thread-safe
// Errors:  start(): Io, if no thread can be started. What the check failed with is part of its JSON
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "batpak/base/detail/fork.hpp"
#include "batpak/base/detail/mutex.hpp"
#include "batpak/base/detail/owned_thread.hpp"
#include "batpak/store/reads.hpp"

namespace batpak::inspector {

class VerifyJob {
public:
    // Borrows: the store.
    explicit VerifyJob(const StoreReads& store) : store_(store) {}
    // Stops a check that runs. In a child after fork() there is none.
    ~VerifyJob();
    VerifyJob(const VerifyJob&) = delete;
    VerifyJob& operator=(const VerifyJob&) = delete;

    // Begins a check; one that runs goes on instead.
    [[nodiscard]] Result<void> start();
    // Asks a check that runs to stop. Never fails.
    Result<void> cancel();
    // {"state": "none" | "running" | "done", ...}: how far it is, or the members of `batpak verify
    // --json`.
    std::string json() const;

private:
    enum class State : std::uint8_t { None, Running, Done };

    void run();

    const StoreReads& store_;
    const ForkMark mark_;
    mutable Mutex mutex_;
    State state_ BATPAK_GUARDED_BY(mutex_) = State::None;
    VerifyProgress progress_ BATPAK_GUARDED_BY(mutex_);
    std::optional<Result<VerifyReport>> result_ BATPAK_GUARDED_BY(mutex_);
    std::stop_source stop_ BATPAK_GUARDED_BY(mutex_);
    std::unique_ptr<OwnedThread> thread_ BATPAK_GUARDED_BY(mutex_);
};

}  // namespace batpak::inspector
