// The futex of systems that have none: a table of locks, of which each word has one by its address.
//
// No wake-up is missed: a waiter looks at its word under the lock, and who changed the word takes
// that lock once before it wakes. Words that share a lock wake each other's waiters for no reason,
// which futex_wait() may do.
#include "base/platform/platform.hpp"

#if !BATPAK_LINUX_CALLS
#include <array>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <new>

#include "base/platform/at_fork.hpp"
#include "base/platform/futex.hpp"
#include "batpak/base/detail/cancellation.hpp"

namespace batpak {
namespace {

constexpr std::size_t kBuckets = 64;
constexpr std::size_t kCacheLineBytes = 64;

struct alignas(kCacheLineBytes) Bucket {
    std::mutex mutex;
    std::condition_variable changed;
};

using Table = std::array<Bucket, kBuckets>;

// Never destroyed: a store of a static object may wait after all other destructors have run.
alignas(Table) constinit std::byte room[sizeof(Table)] = {};
constinit Table* table = nullptr;

// In a child after fork() too: a lock may be held by a thread that is not there, and who waited at
// that moment is not there either. What the table was is not destroyed, which would wait for them.
extern "C" void batpak_make_futex_table() { table = ::new (static_cast<void*>(room)) Table; }

// As early as a program may, before any static object can have a store; see fork.cpp.
[[gnu::constructor(101)]] void make_futex_table() {
    batpak_make_futex_table();
    call_at_fork({.in_child = &batpak_make_futex_table});
}

Bucket& bucket_of(const std::atomic<std::uint32_t>& word) noexcept {
    // The lowest bits of addresses are alike; a multiplication spreads the others.
    const auto address = reinterpret_cast<std::uintptr_t>(&word);
    const std::uint64_t mixed = (std::uint64_t{address} >> 2U) * 0x9E37'79B9'7F4A'7C15U;
    static_assert(kBuckets == 64);
    return (*table)[mixed >> 58U];
}

}  // namespace

void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t seen,
                const Deadline& deadline) noexcept {
    const CancellationBlock no_cancellation;
    Bucket& bucket = bucket_of(word);
    std::unique_lock lock(bucket.mutex);
    if (word.load(std::memory_order_acquire) != seen) return;
    if (deadline) {
        bucket.changed.wait_until(lock, *deadline);
    } else {
        bucket.changed.wait(lock);
    }
}

void futex_wake_all(const std::atomic<std::uint32_t>& word) noexcept {
    Bucket& bucket = bucket_of(word);
    {
        const std::lock_guard lock(bucket.mutex);
    }
    bucket.changed.notify_all();
}

}  // namespace batpak
#endif
