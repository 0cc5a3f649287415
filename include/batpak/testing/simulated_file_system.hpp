// SimulatedFileSystem: files that lose power, tear sectors and fail the n-th call, all by seed.
//
// It behaves like a disk with a volatile cache. Writes are visible at once; a power cut keeps an
// arbitrary part of what was not synced. Each unsynced 512-byte sector is old, new, or torn at any
// byte; the size of a file is separate data; a new name is lost until its directory is synced.
// Every call is numbered and traced, so that a test can fail or cut each one in turn:
//
//     for (std::uint64_t call = 0;; ++call) {
//         auto disk = std::make_shared<SimulatedFileSystem>(seed, SimulatedDisk{});
//         disk->crash_at(call, CrashMoment::BeforeCall);
//         run_workload(disk);
//         if (!disk->crashed()) break;  // every call was tried
//         check_recovery(disk->after_power_cut({.mode = CutMode::Random, .seed = call}));
//     }
//
// The same seed and the same calls give the same disk and the same trace_digest().
//
// A writable mapping is unsynced page cache as far as it was mapped, until the next sync() after it
// is gone: it survives a process kill, and is at the mercy of a power cut. Limits as in
// MemoryFileSystem.
//
// Threads: thread-safe; determinism needs one thread, or threads in a fixed order
// Errors:  as FileSystem, and those that were asked for
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "batpak/base/error.hpp"
#include "batpak/base/file_system.hpp"

namespace batpak::testing {

// Call and Fault: what a simulated file system was asked, and what it may answer wrongly.
// What the functions of FileSystem, Directory and File do.
enum class CallKind : std::uint8_t {
    OpenPath,  // FileSystem::open_directory
    OpenFile,
    OpenDirectory,
    List,
    Rename,
    Link,
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

class Machine;

// When a name becomes durable.
enum class NameDurability : std::uint8_t {
    Strict,     // at the sync of its directory: all that POSIX promises
    Journaled,  // also at the sync of any file or directory after it, as in ext4
};

struct SimulatedDisk {
    NameDurability names = NameDurability::Strict;
    std::uint64_t capacity_bytes = std::numeric_limits<std::uint64_t>::max();
    bool syncs_lie = false;  // every sync says it succeeded and persists nothing
};

enum class CrashMoment : std::uint8_t { BeforeCall, AfterCall };

// What a power cut leaves of the unsynced changes. All modes but None and Random keep sizes and
// names, and differ in the data.
enum class CutMode : std::uint8_t {
    None,         // nothing
    All,          // everything
    LastOnly,     // of the data, only the sector written last
    AllButFirst,  // of the data, all but the sector written first
    SizeOnly,     // no data: files have their new sizes, and zeros or old bytes in them
    Subset,       // bit i of the seed keeps the i-th of the unsynced sectors, in order of writing
    Random,       // anything that can happen, chosen by the seed
};

struct PowerCut {
    CutMode mode = CutMode::None;
    std::uint64_t seed = 0;

    friend bool operator==(const PowerCut&, const PowerCut&) = default;
};

class SimulatedFileSystem final : public FileSystem {
public:
    SimulatedFileSystem(std::uint64_t seed, SimulatedDisk disk);

    // As in MemoryFileSystem: every path starts at the root.
    Result<std::unique_ptr<Directory>> open_directory(const std::string& path,
                                                      bool create) override;

    // Faults. One that does not fit its call (a ShortWrite of a Read) does nothing.
    void fail_call(std::uint64_t number, Fault fault);
    void fail_next(CallKind kind, Fault fault);  // the next call of that kind
    void clear_faults();

    // Crashes. Call `number` and all later ones fail with Io; call `number` does nothing with
    // BeforeCall, and all it should with AfterCall. Opened handles stay good for nothing.
    void crash_at(std::uint64_t number, CrashMoment moment);
    bool crashed() const;  // whether a call has met the crash
    // The disk as the next process, or the next boot, finds it; this one is not changed, so that
    // many disks can be made from one crash, or from no crash at all in the middle of a run. The
    // new disk has its own trace, no faults, and no locks.
    std::shared_ptr<SimulatedFileSystem> after_process_kill() const;
    std::shared_ptr<SimulatedFileSystem> after_power_cut(PowerCut cut) const;
    // How many sectors differ from what is on disk: the width of CutMode::Subset.
    std::uint64_t unsynced_sectors() const;

    // The trace. The digest covers kinds, paths, offsets, lengths, written bytes and outcomes.
    std::uint64_t calls() const;  // how many so far, which is the number of the next
    std::vector<Call> trace() const;
    std::uint64_t trace_digest() const;
    // Has `observer` called before each call, with no lock held; it must not do I/O on this file
    // system, but may make disks from it: all crash points of a workload in one run.
    void observe(std::function<void(const Call&)> observer);

    // The disk from outside, past the calls. Errors: FileNotFound, NotRegular.
    Result<Bytes> contents(const std::string& path) const;
    std::vector<std::string> file_paths() const;  // of all regular files, sorted
    // Makes or replaces a file, durably.
    Result<void> put(const std::string& path, BytesView bytes);
    // Removes a file, durably.
    Result<void> erase(const std::string& path);
    // Bit rot, on disk and in memory. Requires: offset is inside the file, bit < 8.
    Result<void> flip_bit(const std::string& path, std::uint64_t offset, unsigned bit);
    void set_capacity(std::uint64_t bytes);

private:
    explicit SimulatedFileSystem(std::shared_ptr<Machine> machine);

    const std::shared_ptr<Machine> machine_;
};

}  // namespace batpak::testing
