#include "compare/work_done.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdarg>
#include <ctime>

namespace {

std::atomic<std::uint64_t> writes_made{0};
std::atomic<std::uint64_t> bytes_written{0};
std::atomic<std::uint64_t> syncs_made{0};
std::atomic<std::uint64_t> blocks_given{0};

// Which descriptors sync each write: LMDB writes its meta page through one.
constexpr int kDescriptorsMax = 4096;
std::array<std::atomic<bool>, kDescriptorsMax> syncs_each_write{};

ssize_t count_write(int descriptor, long result) {
    if (result < 0) return static_cast<ssize_t>(result);
    writes_made.fetch_add(1, std::memory_order_relaxed);
    bytes_written.fetch_add(static_cast<std::uint64_t>(result), std::memory_order_relaxed);
    if (descriptor < kDescriptorsMax && syncs_each_write[static_cast<std::size_t>(descriptor)])
        syncs_made.fetch_add(1, std::memory_order_relaxed);
    return static_cast<ssize_t>(result);
}

int open_counted(const char* path, int flags, mode_t mode) {
    const int descriptor =
        static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags | O_LARGEFILE, mode));
    if (descriptor >= 0 && descriptor < kDescriptorsMax)
        syncs_each_write[static_cast<std::size_t>(descriptor)] = (flags & O_DSYNC) != 0;
    return descriptor;
}

int count_sync(long result) {
    syncs_made.fetch_add(1, std::memory_order_relaxed);
    return static_cast<int>(result);
}

void* count_block(void* block) {
    blocks_given.fetch_add(1, std::memory_order_relaxed);
    return block;
}

}  // namespace

// The functions of the C library, under the names and types that it has them. Names that differ
// only in the width of offsets are one function on a 64-bit system.
extern "C" {

void* __libc_malloc(std::size_t bytes);                     // NOLINT(bugprone-reserved-identifier)
void* __libc_calloc(std::size_t count, std::size_t bytes);  // NOLINT(bugprone-reserved-identifier)
void* __libc_realloc(void* block, std::size_t bytes);       // NOLINT(bugprone-reserved-identifier)

void* malloc(std::size_t bytes) { return count_block(__libc_malloc(bytes)); }
void* calloc(std::size_t count, std::size_t bytes) {
    return count_block(__libc_calloc(count, bytes));
}
void* realloc(void* block, std::size_t bytes) { return count_block(__libc_realloc(block, bytes)); }

int open(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open_counted(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open_counted(path, flags, mode);
}
ssize_t write(int descriptor, const void* bytes, std::size_t size) {
    return count_write(descriptor, ::syscall(SYS_write, descriptor, bytes, size));
}
ssize_t pwrite(int descriptor, const void* bytes, std::size_t size, off_t offset) {
    return count_write(descriptor, ::syscall(SYS_pwrite64, descriptor, bytes, size, offset));
}
ssize_t pwrite64(int descriptor, const void* bytes, std::size_t size, off64_t offset) {
    return count_write(descriptor, ::syscall(SYS_pwrite64, descriptor, bytes, size, offset));
}
ssize_t writev(int descriptor, const iovec* pieces, int count) {
    return count_write(descriptor, ::syscall(SYS_writev, descriptor, pieces, count));
}
ssize_t pwritev(int descriptor, const iovec* pieces, int count, off_t offset) {
    return count_write(descriptor, ::syscall(SYS_pwritev, descriptor, pieces, count, offset, 0L));
}
ssize_t pwritev64(int descriptor, const iovec* pieces, int count, off64_t offset) {
    return count_write(descriptor, ::syscall(SYS_pwritev, descriptor, pieces, count, offset, 0L));
}
int fsync(int descriptor) { return count_sync(::syscall(SYS_fsync, descriptor)); }
int fdatasync(int descriptor) { return count_sync(::syscall(SYS_fdatasync, descriptor)); }

}  // extern "C"

namespace batpak::bench {

WorkDone WorkDone::now() noexcept {
    return {writes_made.load(std::memory_order_relaxed), bytes_written.load(),
            syncs_made.load(std::memory_order_relaxed), blocks_given.load()};
}

std::uint64_t heap_bytes() noexcept {
    const auto heap = ::mallinfo2();
    return heap.uordblks + heap.hblkhd;
}

std::uint64_t processor_ns() noexcept {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
           static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace batpak::bench
