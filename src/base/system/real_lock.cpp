// The locks that this process holds are in a list, so that fork() can close the child's copies of
// their descriptors before any code of the child runs:
//
//     before fork     the list is locked: no lock is half made, none half given back
//     in the child    each copy is closed, the list is emptied; the parent's locks stay (INV L1)
//     in the parent   nothing but unlocking the list
#include "base/system/real_lock.hpp"

#include <pthread.h>
#include <sys/file.h>
#include <unistd.h>

#include <type_traits>

#include "batpak/base/assert.hpp"

namespace batpak::posix {
namespace {

static_assert(std::is_trivially_destructible_v<std::mutex>);
constinit std::mutex fork_waits;
constinit RealLock* first_held = nullptr;  // guarded by fork_waits

extern "C" void batpak_before_fork() { fork_waits.lock(); }
extern "C" void batpak_after_fork_in_parent() { fork_waits.unlock(); }
extern "C" void batpak_after_fork_in_child() {
    RealLock::close_copies_in_child();
    fork_waits.unlock();
}

// As early as a program may, so that no lock can be older; see fork.cpp.
[[gnu::constructor(101)]] void close_copies_at_fork() {
    const int failed = pthread_atfork(&batpak_before_fork, &batpak_after_fork_in_parent,
                                      &batpak_after_fork_in_child);
    BATPAK_ASSERT(failed == 0);
}

}  // namespace

std::mutex& RealLock::no_fork() noexcept { return fork_waits; }

RealLock::RealLock(Descriptor descriptor)
    : descriptor_(std::move(descriptor)), owner_(::getpid()), next_(first_held) {
    first_held = this;
}

RealLock::~RealLock() {
    {
        const std::lock_guard lock(fork_waits);
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
