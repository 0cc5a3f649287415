// Call and Fault: what a simulated file system was asked, and what it may answer wrongly.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "batpak/base/error.hpp"

namespace batpak::testing {

// What the functions of FileSystem, Directory and File do.
enum class CallKind : std::uint8_t {
    OpenPath,  // FileSystem::open_directory
    OpenFile,
    OpenDirectory,
    List,
    Rename,
    Remove,
    SyncDirectory,
    Lock,  // also of a directory itself
    Read,
    Write,
    Allocate,
    Resize,
    Sync,
    Stat,  // of a file, or of what stands under a name
    Map,
};

std::string_view to_string(CallKind kind) noexcept;

// One line of the trace.
struct Call {
    std::uint64_t number = 0;  // counts from 0
    CallKind kind = CallKind::OpenPath;
    std::string path{};
    std::uint64_t offset = 0;  // of Read and Write
    std::uint64_t length = 0;  // of Read and Write; the new size of Allocate, Resize and Map

    friend bool operator==(const Call&, const Call&) = default;
};

struct Fault {
    enum class Effect : std::uint8_t {
        Fail,        // the call does nothing and fails; a Sync also drops what was unsynced
        ShortWrite,  // a Write writes the first `bytes` and fails
        LoseSync,    // a Sync says it succeeded and does nothing
        Misdirect,   // a Write goes `bytes` further than it should, and says it succeeded
    };

    Effect effect = Effect::Fail;
    ErrorCode code = ErrorCode::Io;
    int os_error = 0;
    std::uint64_t bytes = 0;
    bool repeats = false;

    // Io with EIO. Of a Sync: the pages are called clean although they never reached the disk, so
    // that a second sync succeeds and a power cut loses them.
    static Fault io() noexcept;
    // DiskFull with ENOSPC.
    static Fault disk_full() noexcept;
    // Any other answer, such as Io with EINTR.
    static Fault error(ErrorCode code, int os_error) noexcept;
    // Writes `bytes` bytes, or all but one if the call has no more, and then fails like `then`.
    static Fault short_write(std::uint64_t bytes, const Fault& then) noexcept;
    static Fault lost_sync() noexcept;
    static Fault misdirected_write(std::uint64_t bytes) noexcept;

    // The same, from the call it is planned for on and for ever (for the calls it applies to).
    Fault forever() const noexcept;
};

}  // namespace batpak::testing
