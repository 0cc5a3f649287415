#include "tool/interrupt.hpp"

#include <poll.h>
#include <signal.h>

#include <csignal>

namespace batpak::tool {
namespace {

volatile std::sig_atomic_t caught = 0;

extern "C" void on_interrupt(int) { caught = 1; }

}  // namespace

void catch_interrupts() {
    struct sigaction action{};
    action.sa_handler = on_interrupt;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigemptyset(&action.sa_mask);
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() noexcept { return caught != 0; }

void pause_ms(int milliseconds) noexcept { (void)::poll(nullptr, 0, milliseconds); }

}  // namespace batpak::tool
