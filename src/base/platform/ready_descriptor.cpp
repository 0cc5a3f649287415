// A descriptor that poll() calls readable as long as there is something to take: an eventfd on
// Linux, a pipe elsewhere. Nothing is counted in it: it holds one number, or none, so a write never
// waits and a reader that sleeps in poll() wakes once for however much has come.
#include "base/platform/ready_descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "base/platform/platform.hpp"
#include "batpak/base/assert.hpp"
#include "batpak/base/detail/cancellation.hpp"

#if BATPAK_LINUX_CALLS
#include <sys/eventfd.h>
#endif

namespace batpak {
namespace {

// {the end to read, the end to write}; -1 and errno.
std::array<int, 2> open_ends() noexcept {
#if BATPAK_LINUX_CALLS
    const int number = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return {number, number};
#else
    std::array<int, 2> ends = {-1, -1};
    if (::pipe(ends.data()) != 0) return {-1, -1};
    // Not in one step, as pipe2() would: a program that another thread starts just now has a copy.
    for (const int end : ends) {
        ::fcntl(end, F_SETFD, FD_CLOEXEC);
        ::fcntl(end, F_SETFL, O_NONBLOCK);
    }
    return ends;
#endif
}

}  // namespace

ReadyDescriptor::~ReadyDescriptor() {
    if (!is_open()) return;
    const CancellationBlock no_cancellation;
    ::close(read_end_);
    if (write_end_ != read_end_) ::close(write_end_);
}

Result<void> ReadyDescriptor::open() {
    BATPAK_ASSERT(!is_open());
    const std::array<int, 2> ends = open_ends();
    if (ends[0] < 0) {
        return fail(Error(ErrorCode::Io, "no descriptor for the subscription: close others")
                        .with_os_error(errno));
    }
    read_end_ = ends[0];
    write_end_ = ends[1];
    return {};
}

// Neither call can block: of an eventfd the counter is 0 or 1, in a pipe are 8 bytes or none. The
// caller's lock keeps the two calls apart: is_readable_ says what the descriptor says.
void ReadyDescriptor::set(bool readable) noexcept {
    if (!is_open() || is_readable_ == readable) return;
    const CancellationBlock no_cancellation;
    is_readable_ = readable;
    std::uint64_t count = 1;
    [[maybe_unused]] const ssize_t done = readable ? ::write(write_end_, &count, sizeof count)
                                                   : ::read(read_end_, &count, sizeof count);
}

}  // namespace batpak
