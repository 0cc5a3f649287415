// Workers: the threads that answer requests.
//
// They start before the server listens: where a thread cannot be had, start() says so, and no
// request waits for one. cpp-httplib's own pool starts in the thread that listens, where nobody
// can be told.
//
// Threads: thread-safe, but for start(), which is called once and first
// Errors:  start(): Io, if no thread can be started
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "batpak/base/detail/mutex.hpp"
#include "batpak/base/detail/owned_thread.hpp"
#include "batpak/base/result.hpp"

namespace batpak::inspector {

class Workers {
public:
    using Job = std::function<void()>;

    Workers() = default;
    // As finish().
    ~Workers() { finish(); }
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    // If it fails, the threads that it started wait for finish(). Requires: threads > 0.
    [[nodiscard]] Result<void> start(int threads);
    // A thread that is free does it, in the order of the calls. Requires: the job throws nothing;
    // finish() was not called.
    void add(Job job);
    // Returns when all jobs are done and the threads have ended.
    void finish() noexcept;

private:
    void run();

    Mutex mutex_;
    ConditionVariable has_job_;
    std::deque<Job> jobs_ BATPAK_GUARDED_BY(mutex_);
    bool is_finishing_ BATPAK_GUARDED_BY(mutex_) = false;
    std::vector<std::unique_ptr<OwnedThread>> threads_;
};

}  // namespace batpak::inspector
