// statx first, which can be asked for less; where the kernel, a sandbox or a file system does not
// know it, the older call. What both say of a file is the same, but for the trace that the second
// leaves.
#include "base/system/file_look.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/system/posix.hpp"

#ifdef STATX_INO
#include <sys/sysmacros.h>
#endif

namespace batpak::posix {
namespace {

FileKind kind_of(mode_t mode) noexcept {
    if (S_ISREG(mode)) return FileKind::Regular;
    if (S_ISDIR(mode)) return FileKind::Directory;
    if (S_ISLNK(mode)) return FileKind::SymbolicLink;
    return FileKind::Other;
}

// With the times: for systems that have nothing else.
int look_with_times(int directory, const char* name, int flags, FileStat& found) noexcept {
    struct stat status{};
    const int answer = retry_interrupted([&] {
        return *name == '\0' ? ::fstat(directory, &status)
                             : ::fstatat(directory, name, &status, flags);
    });
    if (answer != 0) return answer;
    found = {.kind = kind_of(status.st_mode),
             .size_bytes = static_cast<std::uint64_t>(status.st_size),
             .link_count = status.st_nlink,
             .permissions = static_cast<std::uint32_t>(status.st_mode) & 0777U,
             .is_own = status.st_uid == ::geteuid(),
             .device = static_cast<std::uint64_t>(status.st_dev),
             .inode = status.st_ino};
    return 0;
}

int look(int directory, const char* name, int flags, FileStat& found) noexcept {
#ifdef STATX_INO
    constexpr unsigned kAsked =
        STATX_TYPE | STATX_MODE | STATX_UID | STATX_SIZE | STATX_NLINK | STATX_INO;
    struct statx status{};
    const int answer =
        retry_interrupted([&] { return ::statx(directory, name, flags, kAsked, &status); });
    if (answer == 0 && (status.stx_mask & kAsked) == kAsked) {
        found = {.kind = kind_of(status.stx_mode),
                 .size_bytes = status.stx_size,
                 .link_count = status.stx_nlink,
                 .permissions = status.stx_mode & 0777U,
                 .is_own = status.stx_uid == ::geteuid(),
                 .device = makedev(status.stx_dev_major, status.stx_dev_minor),
                 .inode = status.stx_ino};
        return 0;
    }
    // A kernel before 4.11, a sandbox with a short list of calls, a file system that left a field
    // out: all of them know the older call.
    const bool is_unknown = answer == 0 || errno == ENOSYS || errno == EPERM || errno == EINVAL;
    if (!is_unknown) return answer;
#endif
    return look_with_times(directory, name, flags, found);
}

}  // namespace

int look_at_name(int directory, const char* name, FileStat& found) noexcept {
    return look(directory, name, AT_SYMLINK_NOFOLLOW, found);
}

int look_at_open(int number, FileStat& found) noexcept {
#ifdef AT_EMPTY_PATH
    return look(number, "", AT_EMPTY_PATH, found);
#else
    return look_with_times(number, "", 0, found);
#endif
}

}  // namespace batpak::posix
