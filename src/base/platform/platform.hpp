// platform: which calls this build makes where systems differ.
//
// BATPAK_LINUX_CALLS is 1 where calls that only Linux has may be made: futex, eventfd, getrandom,
// sigtimedwait. Where it is 0, the same is done with what every POSIX system has. The option
// BATPAK_PORTABLE_SYSTEM makes it 0 on Linux too, so that the tests reach that code. Calls that can
// be missing at run time as well, such as fallocate and statx, have their replacement beside them.
//
// Threads: constants
// Errors:  none
#pragma once

#if defined(__linux__) && !defined(BATPAK_PORTABLE_SYSTEM)
#define BATPAK_LINUX_CALLS 1
#else
#define BATPAK_LINUX_CALLS 0
#endif
