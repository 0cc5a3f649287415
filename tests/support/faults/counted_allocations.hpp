// Counted allocations: replaces operator new of a whole program by one that counts.
//
// Included by exactly one source of a test program.
//
// Threads: thread-safe
// Errors:  std::bad_alloc, as any operator new
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace batpak::testing {

// So far, in this program.
inline std::atomic<std::uint64_t> allocations{0};

inline void* counted_allocation(std::size_t bytes) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    if (void* const memory = std::malloc(bytes == 0 ? 1 : bytes)) return memory;
    throw std::bad_alloc();
}

}  // namespace batpak::testing

void* operator new(std::size_t bytes) { return batpak::testing::counted_allocation(bytes); }
void* operator new[](std::size_t bytes) { return batpak::testing::counted_allocation(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
