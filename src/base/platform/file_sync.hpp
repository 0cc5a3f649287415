// file_sync: what the systems call differently about the blocks of a file.
//
// Threads: thread-safe
// Errors:  -1 and errno, as fsync and fallocate
#pragma once

#include <cstdint>

#include "batpak/base/file_system.hpp"

namespace batpak::posix {

// Makes the file or directory durable. On macOS fsync() leaves the bytes in the memory of the
// drive; there F_FULLFSYNC is asked, and fsync() only where the file system does not know it, which
// promises no more than that the bytes are with the drive. Not repeated, whatever the answer.
int sync_descriptor(int number, SyncMode mode) noexcept;

// Makes the file longer, from `begin`, its size, to `end`, with blocks behind it. EOPNOTSUPP where
// the system or the file system has no call for that.
int reserve_blocks(int number, std::int64_t begin, std::int64_t end) noexcept;

}  // namespace batpak::posix
