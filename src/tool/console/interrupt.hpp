// Interrupt: SIGINT and SIGTERM as a question that long commands ask between two steps.
//
// Threads: thread-safe
// Errors:  none
#pragma once

namespace batpak::tool {

// From now on the signals end nothing, but make interrupted() true and system calls return EINTR.
// One that comes half a second after the first, or later, ends the process as ever.
void catch_interrupts();
bool interrupted() noexcept;

// Waits so long, or until a signal comes.
void pause_ms(int milliseconds) noexcept;

// Waits until a read would not wait, because there is something, the end or an error. False if a
// signal asked to stop, before or meanwhile, or after so many milliseconds; negative: without end.
bool wait_readable(int descriptor, int milliseconds) noexcept;

}  // namespace batpak::tool
