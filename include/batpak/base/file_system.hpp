// FileSystem: the seam through which batpak touches every file.
//
// Production code uses the operating system's files; tests use files in memory, and simulated
// ones that lose power, tear sectors and fail the n-th call. The engine is the same code in all
// three. The promises below are what the engine relies on, and tests/testing/ checks each
// implementation against them.
//
//   - Names are single path components: 1 to 255 bytes, no '/' and no NUL, neither "." nor "..". A
//     Directory resolves them relative to itself and never follows a symbolic link. (The path of
//     FileSystem::open_directory is the caller's own, and its links are followed.)
//   - No file, directory or lock takes one of the descriptors 0, 1 and 2.
//   - Reads and writes name their offset. They are retried after EINTR and after a short count;
//     a sync is never retried.
//   - What was written is durable after sync() of the file; that a name exists, or exists no
//     longer, is durable after sync() of its directory.
//
// Threads: thread-safe; calls on one File may overlap, but allocate() and resize() not with each
//          other, nor with a write
// Errors:  InvalidArgument (a name), Io, DiskFull, FileNotFound, NotRegular, StoreLocked,
//          Unsupported; each names its file, and carries errno where there was one
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/base/result.hpp"

namespace batpak {

// How much of a file sync() makes durable: All is fsync, Data is fdatasync, which leaves out
// times and the like but never the size.
enum class SyncMode : std::uint8_t { All, Data };

// What a name in a directory stands for.
enum class FileKind : std::uint8_t { Regular, Directory, SymbolicLink, Other };

// What the system says of a file; two that have one device and inode are one.
struct FileStat {
    FileKind kind = FileKind::Regular;
    std::uint64_t size_bytes = 0;
    std::uint64_t link_count = 1;
    std::uint32_t permissions = 0600;  // who may read, write, execute: the nine bits of POSIX
    bool is_own = true;                // its owner is the user that this process acts as
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
};

enum class OpenMode : std::uint8_t {
    ReadOnly,   // must exist; may have other hard links, since nothing is written
    ReadWrite,  // must exist; NotRegular if it has other hard links
    CreateNew,  // must not exist (else Io with EEXIST); opened for reading and writing, mode 0600
};

// A region of a file in memory. Bytes stay valid as long as the Mapping lives.
class Mapping {
public:
    virtual ~Mapping() = default;
    Mapping() = default;
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;

    virtual MutableBytesView bytes() noexcept = 0;  // written only if mapped writable
};

class File {
public:
    virtual ~File() = default;
    File() = default;
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    // Reads at most into.size() bytes; fewer only where the file ends. Returns the count.
    [[nodiscard]] virtual Result<std::size_t> read_at(std::uint64_t offset,
                                                      MutableBytesView into) = 0;
    // Writes all of `bytes`, extending the file if need be; a gap reads as zeros. After an error
    // any prefix of them may have been written. DiskFull also stands for a quota and for the
    // largest file the process may write (RLIMIT_FSIZE), whose signal does not reach the program,
    // unless the limit was lowered below what allocate() has given.
    [[nodiscard]] virtual Result<void> write_at(std::uint64_t offset, BytesView bytes) = 0;
    // Grows the file to `size_bytes` with blocks reserved that read as zeros; does nothing if it is
    // that long already. DiskFull leaves the file as it was.
    [[nodiscard]] virtual Result<void> allocate(std::uint64_t size_bytes) = 0;
    // Cuts or extends (with zeros) the file to exactly `size_bytes`.
    [[nodiscard]] virtual Result<void> resize(std::uint64_t size_bytes) = 0;
    // After a failure (always Io) nobody knows what is durable: the caller must not write on, nor
    // sync again, because a second sync may succeed although the bytes are lost.
    [[nodiscard]] virtual Result<void> sync(SyncMode mode) = 0;
    [[nodiscard]] virtual Result<FileStat> stat() = 0;
    // Maps the first `size_bytes`, at least 1 and at most the size of the file, or InvalidArgument.
    // `writable` maps shared between processes (the file must be open for writing); changes reach
    // the file without a sync. Cutting the file below what is mapped is the caller's to avoid.
    [[nodiscard]] virtual Result<std::unique_ptr<Mapping>> map(std::uint64_t size_bytes,
                                                               bool writable) = 0;
};

// An exclusive lock; given back when destroyed, or when the process ends, whatever children it has:
// a child after fork() has no part in the lock, and may destroy its copy of this.
class FileLock {
public:
    virtual ~FileLock() = default;
    FileLock() = default;
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
};

// A name in a directory, without the path to it.
struct DirectoryEntry {
    std::string name{};
    FileKind kind = FileKind::Regular;
};

class Directory {
public:
    virtual ~Directory() = default;
    Directory() = default;
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    [[nodiscard]] virtual Result<std::unique_ptr<File>> open_file(std::string_view name,
                                                                  OpenMode mode) = 0;
    // Opens the directory of that name. With `create`, makes it first if it is not there, mode 0700
    // (its entry is durable only after sync() of this directory).
    [[nodiscard]] virtual Result<std::unique_ptr<Directory>> open_directory(std::string_view name,
                                                                            bool create) = 0;
    // In no particular order, without "." and "..".
    [[nodiscard]] virtual Result<std::vector<DirectoryEntry>> list() = 0;
    // Atomic; replaces `target` if it exists.
    [[nodiscard]] virtual Result<void> rename(std::string_view source, std::string_view target) = 0;
    // Gives a file a second name here, `target`: a hard link. It is `source` in the directory of
    // that path, which is as in FileSystem::open_directory(). Unsupported where the file system has
    // no such links, or the two are not on one; Io with EEXIST if the name is taken.
    [[nodiscard]] virtual Result<void> link(const std::string& directory, std::string_view source,
                                            std::string_view target);
    // Removes a file; NotRegular for a directory. Open handles and mappings of it stay good.
    [[nodiscard]] virtual Result<void> remove(std::string_view name) = 0;
    [[nodiscard]] virtual Result<void> sync() = 0;
    // Takes the exclusive lock on the file `name`, which is made if it is not there and is never
    // removed. Never waits: StoreLocked if any handle of any process holds it.
    [[nodiscard]] virtual Result<std::unique_ptr<FileLock>> lock(std::string_view name) = 0;
    // The same on the directory itself, which has no name that could be removed. Errors:
    // Unsupported too, where the file system has no such lock.
    [[nodiscard]] virtual Result<std::unique_ptr<FileLock>> lock_itself() = 0;
    // What stands under `name` in the directory `folder` of this one, in one look: nothing is
    // opened, and a link at `name` is not followed.
    [[nodiscard]] virtual Result<FileStat> look_at(std::string_view folder,
                                                   std::string_view name) = 0;
    // The path for messages.
    virtual const std::string& path() const noexcept = 0;
};

class FileSystem {
public:
    virtual ~FileSystem() = default;
    FileSystem() = default;
    FileSystem(const FileSystem&) = delete;
    FileSystem& operator=(const FileSystem&) = delete;

    // Opens a directory by path; with `create`, makes it and its missing parents first, mode 0700,
    // durably: the parent of each directory made, and of the last one in any case, is synced.
    [[nodiscard]] virtual Result<std::unique_ptr<Directory>> open_directory(const std::string& path,
                                                                            bool create) = 0;
};

// The operating system's files.
std::shared_ptr<FileSystem> real_file_system();

}  // namespace batpak
