// Mutex: std::mutex with the annotations that let clang prove which lock guards which field.
//
// Every field that a mutex protects is marked BATPAK_GUARDED_BY, and every function that needs it
// held is marked BATPAK_REQUIRES; clang builds turn a mistake into an error.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "batpak/base/detail/cancellation.hpp"
#include "batpak/base/detail/fork.hpp"
#include "batpak/base/detail/language.hpp"

#if defined(__clang__)
#define BATPAK_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define BATPAK_THREAD_ATTRIBUTE(x)
#endif

#define BATPAK_GUARDED_BY(mutex) BATPAK_THREAD_ATTRIBUTE(guarded_by(mutex))
#define BATPAK_REQUIRES(...) BATPAK_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define BATPAK_EXCLUDES(...) BATPAK_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))

namespace batpak {

class BATPAK_THREAD_ATTRIBUTE(capability("mutex")) Mutex {
public:
    void lock() BATPAK_THREAD_ATTRIBUTE(acquire_capability()) { mutex_.lock(); }
    void unlock() BATPAK_THREAD_ATTRIBUTE(release_capability()) { mutex_.unlock(); }
    bool try_lock() BATPAK_THREAD_ATTRIBUTE(try_acquire_capability(true)) {
        return mutex_.try_lock();
    }

private:
    std::mutex mutex_;
};

// Holds a mutex from here to the end of the block.
class BATPAK_THREAD_ATTRIBUTE(scoped_lockable) MutexLock {
public:
    explicit MutexLock(Mutex& mutex) BATPAK_THREAD_ATTRIBUTE(acquire_capability(mutex))
        : mutex_(mutex) {
        mutex_.lock();
    }
    ~MutexLock() BATPAK_THREAD_ATTRIBUTE(release_capability()) { mutex_.unlock(); }
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;

private:
    Mutex& mutex_;
};

// A condition variable for Mutex. wait functions return with the mutex held, as they were called. A
// thread that is cancelled waits on. In a child after fork() it is not destroyed: that would wait
// for the threads that waited at that moment, which are not there.
class ConditionVariable {
public:
    ConditionVariable() : condition_() {}
    ~ConditionVariable() {
        if (!mark_.is_inherited()) condition_.~condition_variable_any();
    }
    ConditionVariable(const ConditionVariable&) = delete;
    ConditionVariable& operator=(const ConditionVariable&) = delete;

    void notify_one() noexcept { condition_.notify_one(); }
    void notify_all() noexcept { condition_.notify_all(); }

    void wait(Mutex& mutex) BATPAK_REQUIRES(mutex) {
        const CancellationBlock no_cancellation;
        condition_.wait(mutex);
    }
    // False when the deadline passed.
    bool wait_until(Mutex& mutex, std::chrono::steady_clock::time_point deadline)
        BATPAK_REQUIRES(mutex) {
        const CancellationBlock no_cancellation;
        return condition_.wait_until(mutex, deadline) == std::cv_status::no_timeout;
    }

private:
    const ForkMark mark_;
    union {
        std::condition_variable_any condition_;
    };
};

}  // namespace batpak
