// Signals are held back in two ways, for two reasons. SignalBlock holds back all of them, because a
// call that was interrupted cannot be repeated without guessing what it did. SizeSignalBlock holds
// back one, which the kernel sends for the very write that it fails: the program must not die of
// it, and what it had waiting before must still be there after (INV L5).
#include "base/system/posix.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <ctime>

#include "base/platform/platform.hpp"
#include "batpak/base/assert.hpp"

namespace batpak::posix {
namespace {

// What a caller can act on gets a code of its own. The rest is Io, and has its number with it.
ErrorCode code_of(int number) noexcept {
    switch (number) {
        case ENOENT: return ErrorCode::FileNotFound;
        case ENOSPC:
        case EDQUOT:
        case EFBIG: return ErrorCode::DiskFull;
        // What open() answers to a symbolic link, a socket or dead FIFO, a directory, a file where
        // a directory belongs.
        case ELOOP:
        case ENXIO:
        case EISDIR:
        case ENOTDIR: return ErrorCode::NotRegular;
        case EOPNOTSUPP:
        case ENOSYS:
        case ENODEV: return ErrorCode::Unsupported;
        default: return ErrorCode::Io;
    }
}

sigset_t size_signal() noexcept {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGXFSZ);
    return set;
}

// Takes back the pending signal of `signal`.
void drop_pending(const sigset_t& signal) noexcept {
#if BATPAK_LINUX_CALLS
    constexpr timespec kNoWait{};
    sigtimedwait(&signal, nullptr, &kNoWait);
#else
    // sigwait() would sleep for ever where another thread was quicker. Ignoring a signal for a
    // moment drops it.
    (void)signal;
    struct sigaction ignored{};
    struct sigaction before{};
    ignored.sa_handler = SIG_IGN;
    sigaction(SIGXFSZ, &ignored, &before);
    sigaction(SIGXFSZ, &before, nullptr);
#endif
}

bool is_pending() noexcept {
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGXFSZ) == 1;
}

}  // namespace

Descriptor::~Descriptor() {
    if (!is_open()) return;
    const CancellationBlock no_cancellation;
    ::close(number_);
}

// A program that closed its standard streams would write what it prints into a segment, if that
// were opened under one of their numbers.
Descriptor clear_of_standard_streams(int number) noexcept {
    if (number < 0 || number > STDERR_FILENO) return Descriptor(number);
    const CancellationBlock no_cancellation;
    const int moved = ::fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    const int reason = errno;
    ::close(number);
    errno = reason;
    return Descriptor(moved);
}

Error system_error(int number, std::string place, const char* what) {
    BATPAK_ASSERT(number != 0);
    return Error(code_of(number), std::string("cannot ") + what)
        .at(std::move(place))
        .with_os_error(number);
}

SignalBlock::SignalBlock() noexcept {
    sigset_t all;
    sigfillset(&all);
    const int failed = pthread_sigmask(SIG_BLOCK, &all, &before_);
    BATPAK_ASSERT(failed == 0);
}

SignalBlock::~SignalBlock() {
    const int saved = errno;
    const int failed = pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    BATPAK_ASSERT(failed == 0);
    errno = saved;
}

SizeSignalBlock::SizeSignalBlock() noexcept {
    const sigset_t signal = size_signal();
    sigset_t before;
    const int failed = pthread_sigmask(SIG_BLOCK, &signal, &before);
    BATPAK_ASSERT(failed == 0);
    was_blocked_ = sigismember(&before, SIGXFSZ) == 1;
    // Only a signal that was blocked already can have been waiting, and then it is the caller's.
    if (was_blocked_) was_pending_ = is_pending();
}

SizeSignalBlock::~SizeSignalBlock() {
    if (was_blocked_) return;
    const sigset_t signal = size_signal();
    const int failed = pthread_sigmask(SIG_UNBLOCK, &signal, nullptr);
    BATPAK_ASSERT(failed == 0);
}

void SizeSignalBlock::discard() noexcept {
    const int saved = errno;
    const sigset_t signal = size_signal();
    if (!was_pending_ && is_pending()) drop_pending(signal);
    errno = saved;
}

}  // namespace batpak::posix
