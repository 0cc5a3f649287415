// posix: what the real file system needs around its system calls.
//
// Threads: Descriptor is thread-compatible; the functions are thread-safe
// Errors:  none; system_error() makes them
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "batpak/base/detail/cancellation.hpp"
#include "batpak/base/error.hpp"

namespace batpak::posix {

static_assert(sizeof(off_t) == sizeof(std::int64_t), "batpak needs 64-bit file offsets");
inline constexpr std::uint64_t kOffsetMax = std::numeric_limits<std::int64_t>::max();

// Owns an open file descriptor. close() is not retried: Linux has closed it even on EINTR.
class Descriptor {
public:
    explicit Descriptor(int number) noexcept : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor();

    bool is_open() const noexcept { return number_ >= 0; }
    int number() const noexcept { return number_; }
    // Gives the descriptor away.
    int release() noexcept { return std::exchange(number_, -1); }

private:
    int number_;
};

// What a call that opens gave, moved above the numbers 0, 1 and 2. A program that closes its
// standard streams frees these, and whatever a library then prints to stderr would go into the file
// that has the number 2. Keeps errno where there is none to own.
Descriptor clear_of_standard_streams(int number) noexcept;

// The error for errno `number`, met while one did `what` ("open", "write") to `place`.
Error system_error(int number, std::string place, const char* what);

// Calls again for as long as a signal interrupts. Not for what a SignalBlock is for. The thread is
// not cancelled meanwhile.
template <class Call>
auto retry_interrupted(Call call) {
    const CancellationBlock no_cancellation;
    while (true) {
        const auto answer = call();
        if (answer != -1 || errno != EINTR) return answer;
    }
}

// While one lives, no signal interrupts a call of this thread, and none cancels it; another thread
// takes the signal, or this one does afterwards. For calls that must not be made a second time:
// after EINTR it is not known what a rename did, a repeated sync may hide that the first one
// failed, and a file system that begins a long call from its start each time never ends it under a
// timer that is quicker (INV L5). Costs two system calls.
class SignalBlock {
public:
    SignalBlock() noexcept;
    ~SignalBlock();
    SignalBlock(const SignalBlock&) = delete;
    SignalBlock& operator=(const SignalBlock&) = delete;

private:
    const CancellationBlock no_cancellation_;
    sigset_t before_;
};

// While one lives, a write beyond RLIMIT_FSIZE fails with EFBIG and does not kill the process.
// The kernel sends SIGXFSZ to the thread that writes, so blocking it in this thread is enough;
// the disposition, which belongs to the whole program, stays as it is. Costs two system calls, next
// to a write: so a write into what allocate() gave, which the limit allowed then, goes without.
class SizeSignalBlock {
public:
    SizeSignalBlock() noexcept;
    ~SizeSignalBlock();
    SizeSignalBlock(const SizeSignalBlock&) = delete;
    SizeSignalBlock& operator=(const SizeSignalBlock&) = delete;

    // After EFBIG: takes back the signal, unless the caller had one waiting before. Keeps errno.
    void discard() noexcept;

private:
    bool was_blocked_ = false;
    bool was_pending_ = false;
};

}  // namespace batpak::posix
