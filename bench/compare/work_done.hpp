// WorkDone: what this process has asked of the kernel and of the heap so far, whoever asked.
//
// Foreign libraries are counted as batpak is: the program defines the functions of the C library
// that write, sync and allocate, and the dynamic linker gives its definitions to every library.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <cstdint>

namespace batpak::bench {

struct WorkDone {
    std::uint64_t writes = 0;
    std::uint64_t written_bytes = 0;
    // fsync, fdatasync, and writes to a file that was opened to sync each of them.
    std::uint64_t syncs = 0;
    std::uint64_t allocations = 0;

    static WorkDone now() noexcept;

    WorkDone operator-(const WorkDone& earlier) const noexcept {
        return {writes - earlier.writes, written_bytes - earlier.written_bytes,
                syncs - earlier.syncs, allocations - earlier.allocations};
    }
    WorkDone& operator+=(const WorkDone& more) noexcept {
        writes += more.writes;
        written_bytes += more.written_bytes;
        syncs += more.syncs;
        allocations += more.allocations;
        return *this;
    }
};

// The bytes that the heap has given out and not got back.
std::uint64_t heap_bytes() noexcept;

// The time that all threads of this process have run, in ns.
std::uint64_t processor_ns() noexcept;

}  // namespace batpak::bench
