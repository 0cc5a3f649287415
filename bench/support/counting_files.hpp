// CountingFiles: a FileSystem that passes every call on and counts it.
//
// Threads: thread-safe
// Errors:  those of the file system behind it
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "batpak/base/file_system.hpp"

namespace batpak::bench {

struct FileCalls {
    std::atomic<std::uint64_t> reads{0};
    std::atomic<std::uint64_t> writes{0};
    std::atomic<std::uint64_t> written_bytes{0};
    std::atomic<std::uint64_t> syncs{0};
    std::atomic<std::uint64_t> others{0};  // allocate, resize, stat, map, open, rename ...

    std::uint64_t all() const noexcept { return reads + writes + syncs + others; }
};

// Keeps: the counters.
std::shared_ptr<FileSystem> counting_files(std::shared_ptr<FileCalls> calls);

}  // namespace batpak::bench
