// RealLock: flock() on a descriptor that is open for nothing else.
//
// flock belongs to the open file description, which a child after fork() shares. Two things follow:
// were the child to call LOCK_UN, its parent would lose the lock; and while the child had its copy
// open, the lock would outlive a parent that is killed. So only the process that took a lock
// unlocks it, and fork() closes the child's copies before it returns in the child.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <sys/types.h>

#include <mutex>

#include "base/system/posix.hpp"
#include "batpak/base/file_system.hpp"

namespace batpak::posix {

class RealLock final : public FileLock {
public:
    // Held from before the file is opened until its RealLock is made, so that no fork() comes
    // between, and held over each fork(). A plain std::mutex: it is taken in one function and given
    // back in another.
    static std::mutex& no_fork() noexcept;

    // Requires: the descriptor has the lock, and the caller holds no_fork().
    explicit RealLock(Descriptor descriptor);
    // Unlocks it explicitly: close() alone would not while a child of vfork() has a copy.
    ~RealLock() override;

    // For fork(), in the child; the caller holds no_fork(). Async-signal-safe.
    static void close_copies_in_child() noexcept;

private:
    void leave_list() noexcept;

    Descriptor descriptor_;
    const pid_t owner_;
    RealLock* next_ = nullptr;  // in the list of all that this process holds
};

}  // namespace batpak::posix
