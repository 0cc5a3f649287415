// OwnedThread: a thread that lives no longer than its owner.
//
// A std::thread that a child after fork() may destroy: the thread stayed with the parent, and
// joining or detaching a thread that is not there is undefined. So in a child nothing is done.
//
// Threads: thread-compatible
// Errors:  std::system_error, from the constructor, if no thread can be started
#pragma once

#include <thread>
#include <utility>

#include "batpak/base/detail/fork.hpp"
#include "batpak/base/detail/lasting.hpp"

namespace batpak {

class OwnedThread {
public:
    template <class Body>
    explicit OwnedThread(Body&& body) : thread_(std::forward<Body>(body)) {}
    // As join().
    ~OwnedThread() { join(); }
    OwnedThread(const OwnedThread&) = delete;
    OwnedThread& operator=(const OwnedThread&) = delete;

    // Whether this is a child of the process that has the thread.
    bool is_inherited() const noexcept { return mark_.is_inherited(); }
    // Waits for its end, if nobody has; in a child, does nothing. A thread that is cancelled waits
    // as well. Requires: the caller is another thread.
    void join() noexcept;

private:
    const ForkMark mark_;
    Lasting<std::thread> thread_;
};

}  // namespace batpak
