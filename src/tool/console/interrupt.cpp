// The first Ctrl-C asks, a later one ends, so that a command which does not look for it can still
// be stopped. What comes within half a second of the first says the same thing once more:
// timeout(1) and the managers of services signal a process and then its group, so that one request
// arrives as two signals. In the handler is nothing but what may be called in one.
#include "tool/console/interrupt.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>

namespace batpak::tool {
namespace {

// Ctrl-C, a request to end, and a terminal that is gone.
constexpr std::array<int, 3> kRequests = {SIGINT, SIGTERM, SIGHUP};
constexpr std::int64_t same_request_ns = 500'000'000;

volatile std::sig_atomic_t caught = 0;
// Of the first signal. Only the handler touches it, and while one runs the other signal is blocked.
std::int64_t asked_at_ns = 0;

// A signal that comes between a look at `caught` and a wait must end the wait as well: the handler
// writes into a pipe that is waited for, too.
std::array<int, 2> wakeup = {-1, -1};

std::int64_t now_ns() noexcept {
    std::timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return (std::int64_t{now.tv_sec} * 1'000'000'000) + now.tv_nsec;
}

void end_as_ever(int signal) noexcept {
    struct sigaction action{};
    action.sa_handler = SIG_DFL;
    ::sigaction(signal, &action, nullptr);
    // It is blocked while its handler runs, and ends the process when that returns.
    (void)::raise(signal);
}

extern "C" void on_interrupt(int signal) {
    const int error = errno;
    const std::int64_t now = now_ns();
    if (caught == 0) {
        asked_at_ns = now;
    } else if (now - asked_at_ns > same_request_ns) {
        end_as_ever(signal);
    }
    caught = 1;
    // A full pipe wakes as well.
    if (wakeup[1] >= 0) (void)!::write(wakeup[1], "", 1);
    errno = error;
}

}  // namespace

void catch_interrupts() {
    // Without the pipe a signal may only be seen when more input comes.
    if (::pipe(wakeup.data()) != 0) wakeup = {-1, -1};
    for (const int end : wakeup) {
        if (end < 0) continue;
        ::fcntl(end, F_SETFD, FD_CLOEXEC);
        ::fcntl(end, F_SETFL, O_NONBLOCK);
    }
    struct sigaction action{};
    action.sa_handler = on_interrupt;
    sigemptyset(&action.sa_mask);  // macros on some systems
    for (const int signal : kRequests) sigaddset(&action.sa_mask, signal);
    for (const int signal : kRequests) {
        struct sigaction before{};
        ::sigaction(signal, nullptr, &before);
        // As nohup(1) leaves it.
        if (signal == SIGHUP && before.sa_handler == SIG_IGN) continue;
        ::sigaction(signal, &action, nullptr);
    }
}

bool interrupted() noexcept { return caught != 0; }

void pause_ms(int milliseconds) noexcept { (void)::poll(nullptr, 0, milliseconds); }

bool wait_readable(int descriptor, int milliseconds) noexcept {
    // poll() passes over descriptors below zero.
    std::array<::pollfd, 2> asked = {{{.fd = descriptor, .events = POLLIN, .revents = 0},
                                      {.fd = wakeup[0], .events = POLLIN, .revents = 0}}};
    while (!interrupted()) {
        const int ready = ::poll(asked.data(), asked.size(), milliseconds);
        if (ready < 0 && errno == EINTR) continue;
        if (ready == 0) return false;
        // If poll() itself fails, the read says why.
        if (ready < 0 || asked[0].revents != 0) return !interrupted();
    }
    return false;
}

}  // namespace batpak::tool
