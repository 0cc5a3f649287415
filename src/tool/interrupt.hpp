// Interrupt: SIGINT and SIGTERM as a question that long commands ask between two steps.
//
// Threads: thread-safe
// Errors:  none
#pragma once

namespace batpak::tool {

// From now on the signals end nothing, but make interrupted() true and system calls return EINTR.
// A second one ends the process as ever.
void catch_interrupts();
bool interrupted() noexcept;

// Waits so long, or until a signal comes.
void pause_ms(int milliseconds) noexcept;

}  // namespace batpak::tool
