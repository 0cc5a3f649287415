// The locks that this process holds are in a list, so that fork() can close the child's copies of
// their descriptors before any code of the child runs:
//
//     before fork     the list is locked: no lock is half made, none half given back
//     in the child    each copy is closed, the list is emptied; the parent's locks stay (INV L1)
//     in the parent   nothing but unlocking the list
#include "base/system/real_lock.hpp"

#include <sys/file.h>
#include <unistd.h>

#include "base/platform/at_fork.hpp"
#include "batpak/base/detail/lasting.hpp"
#include "batpak/base/detail/mutex.hpp"

namespace batpak::posix {
namespace {

constinit RealLock* first_held = nullptr;  // guarded by no_fork()

// Taken in one function and given back in another, which no analysis of locks follows.
extern "C" void batpak_before_fork() BATPAK_THREAD_ATTRIBUTE(no_thread_safety_analysis) {
    RealLock::no_fork().lock();
}
extern "C" void batpak_after_fork_in_parent() BATPAK_THREAD_ATTRIBUTE(no_thread_safety_analysis) {
    RealLock::no_fork().unlock();
}
extern "C" void batpak_after_fork_in_child() BATPAK_THREAD_ATTRIBUTE(no_thread_safety_analysis) {
    RealLock::close_copies_in_child();
    RealLock::no_fork().unlock();
}

// As early as a program may, so that no lock can be older; see fork.cpp.
[[gnu::constructor(101)]] void close_copies_at_fork() {
    call_at_fork({.before = &batpak_before_fork,
                  .in_parent = &batpak_after_fork_in_parent,
                  .in_child = &batpak_after_fork_in_child});
}

}  // namespace

std::mutex& RealLock::no_fork() noexcept {
    static Lasting<std::mutex> mutex;
    return *mutex;
}

RealLock::RealLock(Descriptor descriptor)
    : descriptor_(std::move(descriptor)), owner_(::getpid()), next_(first_held) {
    first_held = this;
}

// Only its maker unlocks: a child that still had the descriptor would unlock its parent's store
// with it (INV L1).
RealLock::~RealLock() {
    {
        const std::lock_guard lock(no_fork());
        leave_list();
    }
    if (descriptor_.is_open() && ::getpid() == owner_) ::flock(descriptor_.number(), LOCK_UN);
}

void RealLock::leave_list() noexcept {
    for (RealLock** link = &first_held; *link != nullptr; link = &(*link)->next_) {
        if (*link != this) continue;
        *link = next_;
        return;
    }
}

void RealLock::close_copies_in_child() noexcept {
    for (RealLock* held = first_held; held != nullptr; held = held->next_) {
        ::close(held->descriptor_.release());
    }
    first_held = nullptr;
}

}  // namespace batpak::posix
