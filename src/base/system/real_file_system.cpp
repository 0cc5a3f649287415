// Files of the operating system.
//
// Somebody else may have written the directory, so nothing in it is trusted: every name is resolved
// from one directory descriptor, no symbolic link is followed, O_NONBLOCK keeps a FIFO from
// hanging the caller, and what is no regular file, or has a second name and is to be written, is
// refused after a look at the open descriptor (a look before would be a race).
#include "batpak/base/file_system.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/platform/file_sync.hpp"
#include "base/system/file_look.hpp"
#include "base/system/file_name.hpp"
#include "base/system/posix.hpp"
#include "base/system/real_file.hpp"
#include "base/system/real_lock.hpp"
#include "batpak/base/assert.hpp"

namespace batpak {
namespace {

using posix::Descriptor;
using posix::RealLock;
using posix::retry_interrupted;
using posix::SignalBlock;
using posix::system_error;

// Every name is opened where it is expected, by its folder's descriptor, and a link at it is
// refused, not followed: so nothing outside the store is read or written, whatever the folder holds
// (INV L4).
constexpr mode_t kFileMode = 0600;
constexpr mode_t kDirectoryMode = 0700;
constexpr int kFileFlags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
// How often the lock file may be replaced under our hands before we give up.
constexpr int kLockAttemptsMax = 8;

int open_flags(OpenMode mode) noexcept {
    switch (mode) {
        case OpenMode::ReadOnly: return kFileFlags | O_RDONLY;
        case OpenMode::ReadWrite: return kFileFlags | O_RDWR;
        case OpenMode::CreateNew: return kFileFlags | O_RDWR | O_CREAT | O_EXCL;
    }
    BATPAK_UNREACHABLE();
}

Descriptor open_at(int directory, const char* name, int flags) {
    return posix::clear_of_standard_streams(
        retry_interrupted([&] { return ::openat(directory, name, flags, kFileMode); }));
}

FileKind kind_of_entry(int directory, const dirent& entry) {
    switch (entry.d_type) {
        case DT_REG: return FileKind::Regular;
        case DT_DIR: return FileKind::Directory;
        case DT_LNK: return FileKind::SymbolicLink;
        case DT_UNKNOWN: break;  // Some file systems tell only when asked for the inode.
        default: return FileKind::Other;
    }
    FileStat found;
    return posix::look_at_name(directory, entry.d_name, found) == 0 ? found.kind : FileKind::Other;
}

Result<void> sync_directory(int number, const std::string& path) {
    const SignalBlock no_signals;
    if (posix::sync_descriptor(number, SyncMode::All) == 0) return {};
    const int reason = errno;
    return fail(Error(ErrorCode::Io, "cannot sync: which names are on disk is unknown")
                    .at(path)
                    .with_os_error(reason));
}

// Why the lock was not given: an errno, or 0 if it was.
int take_lock(int number) noexcept {
    const int answer = retry_interrupted([&] { return ::flock(number, LOCK_EX | LOCK_NB); });
    return answer == 0 ? 0 : errno;
}

tl::unexpected<Error> in_use(std::string place) {
    return fail(
        Error(
            ErrorCode::StoreLocked,
            "in use by another program, or by a second Store of this one: wait until it is closed")
            .at(std::move(place)));
}

class RealDirectory final : public Directory {
public:
    RealDirectory(Descriptor descriptor, std::string path)
        : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

    Result<std::unique_ptr<File>> open_file(std::string_view name, OpenMode mode) override;
    Result<std::unique_ptr<Directory>> open_directory(std::string_view name, bool create) override;
    Result<std::vector<DirectoryEntry>> list() override;
    Result<void> rename(std::string_view source, std::string_view target) override;
    Result<void> link(const std::string& directory, std::string_view source,
                      std::string_view target) override;
    Result<void> remove(std::string_view name) override;
    Result<void> sync() override { return sync_directory(descriptor_.number(), path_); }
    Result<std::unique_ptr<FileLock>> lock(std::string_view name) override;
    Result<std::unique_ptr<FileLock>> lock_itself() override;
    Result<FileStat> look_at(std::string_view folder, std::string_view name) override;
    const std::string& path() const noexcept override { return path_; }

private:
    // The NUL-terminated form of a legal name.
    Result<std::string> checked(std::string_view name) const;
    tl::unexpected<Error> failure(std::string_view name, int number, const char* what) const;
    tl::unexpected<Error> not_regular(std::string_view name) const;

    const Descriptor descriptor_;
    const std::string path_;
};

Result<std::string> RealDirectory::checked(std::string_view name) const {
    BATPAK_CHECK(check_file_name(path_, name));
    return std::string(name);
}

tl::unexpected<Error> RealDirectory::failure(std::string_view name, int number,
                                             const char* what) const {
    return fail(system_error(number, join_path(path_, name), what));
}

tl::unexpected<Error> RealDirectory::not_regular(std::string_view name) const {
    return fail(Error(ErrorCode::NotRegular, "not a regular file: move it away")
                    .at(join_path(path_, name)));
}

Result<std::unique_ptr<File>> RealDirectory::open_file(std::string_view name, OpenMode mode) {
    BATPAK_TRY(const std::string file, checked(name));
    Descriptor descriptor = open_at(descriptor_.number(), file.c_str(), open_flags(mode));
    if (!descriptor.is_open()) return failure(name, errno, "open");

    std::string place = join_path(path_, name);
    BATPAK_TRY(const FileStat found, posix::stat_descriptor(descriptor.number(), place));
    if (found.kind != FileKind::Regular) return not_regular(name);
    if (mode != OpenMode::ReadOnly && found.link_count > 1) {
        return fail(Error(ErrorCode::NotRegular, "has a second name (hard link): copy it instead")
                        .at(std::move(place)));
    }
    return std::make_unique<posix::RealFile>(std::move(descriptor), std::move(place));
}

Result<std::unique_ptr<Directory>> RealDirectory::open_directory(std::string_view name,
                                                                 bool create) {
    BATPAK_TRY(const std::string directory, checked(name));
    const SignalBlock no_signals;
    // One that is there is as good: it is opened below, where a link at its place is refused.
    if (create && ::mkdirat(descriptor_.number(), directory.c_str(), kDirectoryMode) != 0 &&
        errno != EEXIST)
        return failure(name, errno, "make directory");
    Descriptor descriptor =
        open_at(descriptor_.number(), directory.c_str(), kDirectoryFlags | O_NOFOLLOW);
    if (!descriptor.is_open()) return failure(name, errno, "open directory");
    return std::make_unique<RealDirectory>(std::move(descriptor), join_path(path_, name));
}

Result<std::vector<DirectoryEntry>> RealDirectory::list() {
    const SignalBlock no_signals;
    // Opened again: a dup() would share its place in the listing with other threads.
    const int number = open_at(descriptor_.number(), ".", kDirectoryFlags).release();
    if (number < 0) return fail(system_error(errno, path_, "list"));
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(number), &::closedir);
    if (!stream) {
        const Descriptor closed_again(number);
        return fail(system_error(errno, path_, "list"));
    }

    std::vector<DirectoryEntry> entries;
    while (true) {
        // readdir() gives nothing at the end and after an error; only errno says which.
        errno = 0;
        const dirent* const entry = ::readdir(stream.get());
        if (entry == nullptr) break;
        std::string name = entry->d_name;
        if (name == "." || name == "..") continue;
        entries.push_back({std::move(name), kind_of_entry(number, *entry)});
    }
    if (errno != 0) return fail(system_error(errno, path_, "list"));
    return entries;
}

// Once: after a signal nobody knows whether the first call has done it, and a second one would fail
// with "no such file".
Result<void> RealDirectory::rename(std::string_view source, std::string_view target) {
    BATPAK_TRY(const std::string from, checked(source));
    BATPAK_TRY(const std::string to, checked(target));
    const int number = descriptor_.number();
    const SignalBlock no_signals;
    if (::renameat(number, from.c_str(), number, to.c_str()) == 0) return {};
    return failure(source, errno, "rename");
}

// What systems answer where two names of one file cannot be, or not for this user.
bool has_no_links(int reason) noexcept {
    return reason == EXDEV || reason == EPERM || reason == EMLINK || reason == ENOSYS ||
           reason == EOPNOTSUPP;
}

Result<void> RealDirectory::link(const std::string& directory, std::string_view source,
                                 std::string_view target) {
    BATPAK_CHECK(check_file_name(directory, source));
    BATPAK_TRY(const std::string to, checked(target));
    const std::string from = join_path(directory, source);
    const SignalBlock no_signals;
    if (::linkat(AT_FDCWD, from.c_str(), descriptor_.number(), to.c_str(), 0) == 0) return {};
    const int reason = errno;
    if (!has_no_links(reason)) return failure(target, reason, "link");
    return fail(Error(ErrorCode::Unsupported, "a hard link to another directory's file")
                    .at(join_path(path_, target))
                    .with_os_error(reason));
}

// As with rename(): a second call after one that worked finds nothing.
Result<void> RealDirectory::remove(std::string_view name) {
    BATPAK_TRY(const std::string file, checked(name));
    const SignalBlock no_signals;
    if (::unlinkat(descriptor_.number(), file.c_str(), 0) == 0) return {};
    return failure(name, errno, "remove");
}

Result<std::unique_ptr<FileLock>> RealDirectory::lock(std::string_view name) {
    BATPAK_TRY(const std::string file, checked(name));
    const std::lock_guard no_fork(RealLock::no_fork());
    for (int attempt = 0; attempt < kLockAttemptsMax; ++attempt) {
        Descriptor descriptor =
            open_at(descriptor_.number(), file.c_str(), kFileFlags | O_RDWR | O_CREAT);
        if (!descriptor.is_open()) return failure(name, errno, "open lock");
        BATPAK_TRY(const FileStat held,
                   posix::stat_descriptor(descriptor.number(), join_path(path_, name)));
        if (held.kind != FileKind::Regular) return not_regular(name);

        const int refused = take_lock(descriptor.number());
        if (refused == EWOULDBLOCK) return in_use(join_path(path_, name));
        if (refused != 0) return failure(name, refused, "lock");

        // Somebody may have put another file there in between; a lock on the old one locks nothing.
        FileStat named;
        const int looked = posix::look_at_name(descriptor_.number(), file.c_str(), named);
        if (looked == 0 && named.device == held.device && named.inode == held.inode)
            return std::make_unique<RealLock>(std::move(descriptor));
        if (looked != 0 && errno != ENOENT) return failure(name, errno, "lock");
    }
    return failure(name, ESTALE, "lock");
}

Result<std::unique_ptr<FileLock>> RealDirectory::lock_itself() {
    const std::lock_guard no_fork(RealLock::no_fork());
    // Opened for itself: flock belongs to what was opened, and this one must end with the lock.
    Descriptor descriptor = open_at(descriptor_.number(), ".", kDirectoryFlags);
    if (!descriptor.is_open()) return fail(system_error(errno, path_, "open directory"));
    const int refused = take_lock(descriptor.number());
    switch (refused) {
        case 0: return std::make_unique<RealLock>(std::move(descriptor));
        case EWOULDBLOCK: return in_use(path_);
        // What network file systems answer, some of which lock only what is open for writing.
        case EBADF:
        case EINVAL:
        case ENOLCK:
            return fail(Error(ErrorCode::Unsupported, "cannot lock a directory").at(path_));
        default: return fail(system_error(refused, path_, "lock"));
    }
}

Result<FileStat> RealDirectory::look_at(std::string_view folder, std::string_view name) {
    BATPAK_CHECK(check_file_name(path_, folder));
    BATPAK_CHECK(check_file_name(path_, name));
    // Without memory of its own, because a writer looks after each sync.
    std::array<char, 2 * (kFileNameBytesMax + 1)> below{};
    std::ranges::copy(folder, below.begin());
    below[folder.size()] = '/';
    std::ranges::copy(name, below.begin() + static_cast<std::ptrdiff_t>(folder.size()) + 1);
    FileStat found;
    if (posix::look_at_name(descriptor_.number(), below.data(), found) != 0)
        return failure(below.data(), errno, "look at");
    return found;
}

// The directory that holds `path`, as a path.
std::string parent_of(const std::string& path) {
    const std::size_t end = path.find_last_not_of('/');
    if (end == std::string::npos) return "/";
    const std::size_t slash = path.find_last_of('/', end);
    if (slash == std::string::npos) return ".";
    return path.substr(0, slash + 1);
}

Result<void> sync_parent(const std::string& path) {
    const std::string parent = parent_of(path);
    const Descriptor descriptor = open_at(AT_FDCWD, parent.c_str(), kDirectoryFlags);
    if (!descriptor.is_open()) return fail(system_error(errno, parent, "open directory"));
    return sync_directory(descriptor.number(), parent);
}

// Makes what is missing of `path`, front to back, each name durable before the next is made. The
// last name is made durable even if it was there: its maker may have been killed before it was.
Result<void> make_directories(const std::string& path) {
    const SignalBlock no_signals;
    for (std::size_t end = 0; end != std::string::npos;) {
        end = path.find('/', path.find_first_not_of('/', end));
        const std::string prefix = path.substr(0, end);
        struct stat found{};
        if (prefix.empty() || ::stat(prefix.c_str(), &found) == 0) continue;
        const int missing = errno;
        if (missing != ENOENT) return fail(system_error(missing, prefix, "make directory"));
        if (::mkdir(prefix.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
            const int reason = errno;
            return fail(system_error(reason, prefix, "make directory"));
        }
        BATPAK_CHECK(sync_parent(prefix));
    }
    Result<void> synced = sync_parent(path);
    // A parent that may be passed through but not read was not made by us.
    if (!synced && synced.error().os_error() != EACCES) return synced;
    return {};
}

class RealFileSystem final : public FileSystem {
public:
    Result<std::unique_ptr<Directory>> open_directory(const std::string& path,
                                                      bool create) override {
        if (path.empty() || path.find('\0') != std::string::npos)
            return fail(Error(ErrorCode::InvalidArgument, "not a path").at(path));
        if (create) BATPAK_CHECK(make_directories(path));
        Descriptor descriptor = open_at(AT_FDCWD, path.c_str(), kDirectoryFlags);
        if (!descriptor.is_open()) return fail(system_error(errno, path, "open directory"));
        return std::make_unique<RealDirectory>(std::move(descriptor), path);
    }
};

}  // namespace

Result<void> Directory::link(const std::string&, std::string_view, std::string_view target) {
    return fail(Error(ErrorCode::Unsupported, "hard links").at(join_path(path(), target)));
}

std::shared_ptr<FileSystem> real_file_system() { return std::make_shared<RealFileSystem>(); }

}  // namespace batpak
