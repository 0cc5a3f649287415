#include "support/allocations.hpp"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::uint64_t> blocks_given{0};
std::atomic<std::int64_t> bytes_live{0};

void* count_in(void* block) {
    if (block == nullptr) throw std::bad_alloc();
    blocks_given.fetch_add(1, std::memory_order_relaxed);
    bytes_live.fetch_add(static_cast<std::int64_t>(::malloc_usable_size(block)),
                         std::memory_order_relaxed);
    return block;
}

void count_out(void* block) noexcept {
    if (block == nullptr) return;
    bytes_live.fetch_sub(static_cast<std::int64_t>(::malloc_usable_size(block)),
                         std::memory_order_relaxed);
    std::free(block);
}

}  // namespace

// The array and nothrow forms of the standard library call these.
void* operator new(std::size_t bytes) { return count_in(std::malloc(bytes)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
    const auto step = static_cast<std::size_t>(alignment);
    return count_in(std::aligned_alloc(step, (bytes + step - 1) / step * step));
}
void operator delete(void* block) noexcept { count_out(block); }
void operator delete(void* block, std::size_t) noexcept { count_out(block); }
void operator delete(void* block, std::align_val_t) noexcept { count_out(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { count_out(block); }

namespace batpak::bench {

Allocations Allocations::now() noexcept {
    return {blocks_given.load(std::memory_order_relaxed),
            bytes_live.load(std::memory_order_relaxed)};
}

}  // namespace batpak::bench
