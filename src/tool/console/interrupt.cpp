// The first Ctrl-C asks, the second one ends: the handler is taken off when it runs, so a command
// that does not look for it can still be stopped. In the handler is nothing but what may be called
// in one.
#include "tool/console/interrupt.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace batpak::tool {
namespace {

volatile std::sig_atomic_t caught = 0;

// A signal that comes between a look at `caught` and a wait must end the wait as well: the handler
// writes into a pipe that is waited for, too.
std::array<int, 2> wakeup = {-1, -1};

extern "C" void on_interrupt(int) {
    const int error = errno;
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
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigemptyset(&action.sa_mask);  // a macro on some systems
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
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
