// How bytes are made durable and blocks are reserved, system by system. Where a system has no way
// to reserve, the caller learns it by EOPNOTSUPP and goes on without: a segment then grows as it is
// written, and only the disk that is full is noticed later.
#include "base/platform/file_sync.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "batpak/base/assert.hpp"

namespace batpak::posix {

#if defined(__APPLE__)

int sync_descriptor(int number, SyncMode) noexcept {
    const int answer = ::fcntl(number, F_FULLFSYNC);
    // What network and foreign file systems answer. Any other failure is one of the disk: a second
    // call might succeed although bytes are lost.
    const bool is_unknown = errno == ENOTSUP || errno == EINVAL || errno == ENOTTY;
    if (answer == -1 && is_unknown) return ::fsync(number);
    return answer == -1 ? -1 : 0;
}

int reserve_blocks(int number, std::int64_t begin, std::int64_t end) noexcept {
    BATPAK_ASSERT(begin < end);
    fstore_t wanted{};
    wanted.fst_flags = F_ALLOCATEALL;
    wanted.fst_posmode = F_PEOFPOSMODE;  // after the blocks that the file has
    wanted.fst_length = end - begin;
    // It reserves the blocks and leaves the size, which ftruncate() sets then.
    if (::fcntl(number, F_PREALLOCATE, &wanted) == -1) return -1;
    return ::ftruncate(number, end);
}

#elif defined(__linux__)

int sync_descriptor(int number, SyncMode mode) noexcept {
    return mode == SyncMode::Data ? ::fdatasync(number) : ::fsync(number);
}

int reserve_blocks(int number, std::int64_t begin, std::int64_t end) noexcept {
    BATPAK_ASSERT(begin < end);
    return ::fallocate(number, 0, begin, end - begin);
}

#else

int sync_descriptor(int number, SyncMode) noexcept { return ::fsync(number); }

int reserve_blocks(int, std::int64_t begin, std::int64_t end) noexcept {
    BATPAK_ASSERT(begin < end);
    errno = EOPNOTSUPP;
    return -1;
}

#endif

}  // namespace batpak::posix
