// file_look: what a file is, asked without a trace in the file.
//
// A stat that asks for times makes Linux (6.13 and later) give the next write a new, finer time, so
// that write changes the inode, and the sync after it waits for the journal: one look for each
// durable append made that append a quarter slower. A reader that looks would slow the writer too.
// So no time is asked for.
//
// Threads: thread-safe
// Errors:  -1 and errno, as fstatat
#pragma once

#include "batpak/base/file_system.hpp"

namespace batpak::posix {

// What `name` in `directory` itself is, not what it links to.
int look_at_name(int directory, const char* name, FileStat& found) noexcept;

// What is open as `number`.
int look_at_open(int number, FileStat& found) noexcept;

}  // namespace batpak::posix
