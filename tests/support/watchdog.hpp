// Watchdog: ends a test program that hangs, with the name of what hung.
//
// Threads: thread-compatible; it has a thread of its own
// Errors:  none; a hang prints and aborts
#pragma once

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "batpak/base/detail/mutex.hpp"

namespace batpak::testing {

class Watchdog {
public:
    Watchdog(std::string what, std::chrono::seconds patience)
        : what_(std::move(what)),
          deadline_(std::chrono::steady_clock::now() + patience),
          thread_([this] { watch(); }) {}
    ~Watchdog() {
        {
            const MutexLock lock(mutex_);
            over_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

private:
    void watch() {
        const MutexLock lock(mutex_);
        while (!over_) {
            if (changed_.wait_until(mutex_, deadline_) || over_) continue;
            std::fprintf(stderr, "%s: nothing happens any more\n", what_.c_str());
            std::abort();
        }
    }

    const std::string what_;
    const std::chrono::steady_clock::time_point deadline_;
    Mutex mutex_;
    ConditionVariable changed_;
    bool over_ BATPAK_GUARDED_BY(mutex_) = false;
    std::thread thread_;
};

}  // namespace batpak::testing
