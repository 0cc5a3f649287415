// The operators of this program, and whether they do what a test tells them.
#include "support/faults/failing_memory.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <new>

namespace batpak::testing {
namespace {

std::atomic<bool> armed{false};
std::atomic<std::uint64_t> asked_for{0};
std::atomic<std::uint64_t> first_failing{UINT64_MAX};
std::atomic<std::uint64_t> failing{0};
std::atomic<std::int64_t> live_blocks{0};
thread_local int depth = 0;

bool fails() noexcept {
    if (depth > 0 || !armed.load(std::memory_order_relaxed)) return false;
    const std::uint64_t number = asked_for.fetch_add(1);
    const std::uint64_t first = first_failing.load();
    return number >= first && number - first < failing.load();
}

void* allocate(std::size_t bytes, std::size_t alignment) {
    if (fails()) throw std::bad_alloc();
    const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
    void* const memory = alignment <= alignof(std::max_align_t)
                             ? std::malloc(bytes == 0 ? 1 : bytes)
                             : std::aligned_alloc(alignment, rounded);
    if (memory == nullptr) throw std::bad_alloc();
    live_blocks.fetch_add(1, std::memory_order_relaxed);
    return memory;
}

void give_back(void* memory) noexcept {
    if (memory == nullptr) return;
    live_blocks.fetch_sub(1, std::memory_order_relaxed);
    std::free(memory);
}

}  // namespace

void FailingMemory::arm(const Shortage& shortage) noexcept {
    asked_for.store(0);
    first_failing.store(shortage.first);
    failing.store(shortage.count);
    armed.store(true);
}
void FailingMemory::disarm() noexcept { armed.store(false); }
std::uint64_t FailingMemory::asked() noexcept { return asked_for.load(); }
std::int64_t FailingMemory::live() noexcept { return live_blocks.load(); }

Spared::Spared() noexcept { ++depth; }
Spared::~Spared() { --depth; }

namespace {

TEST(FailingMemory, FailsARunOfAllocationsAndSparesTheTest) {
    FailingMemory::arm({.first = 1, .count = 2});
    std::string outcome;
    for (int i = 0; i < 5; ++i) {
        char mark = 'n';
        const std::int64_t before = FailingMemory::live();
        try {
            const auto kept = std::make_unique<int>(i);
            mark = FailingMemory::live() == before + 1 ? 'y' : '?';
        } catch (const std::bad_alloc&) {
        }
        const Spared test;
        outcome += mark;
        outcome.reserve(outcome.size() + 100);  // neither counted nor failed
    }
    FailingMemory::disarm();
    EXPECT_EQ(outcome, "ynnyy");
    EXPECT_EQ(FailingMemory::asked(), 5U);
}

}  // namespace
}  // namespace batpak::testing

namespace {
using batpak::testing::allocate;
using batpak::testing::give_back;
}  // namespace

void* operator new(std::size_t bytes) { return allocate(bytes, 1); }
void* operator new[](std::size_t bytes) { return allocate(bytes, 1); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return allocate(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
    return allocate(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete[](void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }
void operator delete[](void* memory, std::size_t) noexcept { give_back(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { give_back(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { give_back(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { give_back(memory); }
