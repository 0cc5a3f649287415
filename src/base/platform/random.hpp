// random: bytes from the random generator of the operating system.
//
// Threads: thread-safe
// Errors:  none: a system without them ends the program
#pragma once

#include "batpak/base/bytes.hpp"

namespace batpak {

void fill_random(MutableBytesView into) noexcept;

// Zeros, which no optimiser leaves out although nobody reads them.
void wipe(MutableBytesView bytes) noexcept;

}  // namespace batpak
