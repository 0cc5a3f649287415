// Arena: memory that is given out piece by piece and given back all at once.
//
// Threads: thread-compatible
// Errors:  none; memory that runs out throws std::bad_alloc
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "batpak/base/assert.hpp"

namespace batpak::store {

class Arena {
public:
    Arena() = default;
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    // Uninitialised room for `count` objects. Their destructors will not run.
    template <class T>
    T* allocate(std::size_t count) {
        static_assert(std::is_trivially_destructible_v<T> &&
                      alignof(T) <= alignof(std::max_align_t));
        return static_cast<T*>(allocate_bytes(count * sizeof(T), alignof(T)));
    }

    template <class T, class... Arguments>
    T* create(Arguments&&... arguments) {
        return ::new (allocate<T>(1)) T(std::forward<Arguments>(arguments)...);
    }

    std::string_view copy(std::string_view text) {
        char* const bytes = allocate<char>(text.size());
        std::memcpy(bytes, text.data(), text.size());
        return {bytes, text.size()};
    }

    // Any thread.
    std::size_t allocated_bytes() const noexcept {
        return allocated_bytes_.load(std::memory_order_relaxed);
    }

private:
    static constexpr std::size_t kFirstBlockBytes = 4096;
    static constexpr std::size_t kBlockBytesMax = 256 * 1024;

    void* allocate_bytes(std::size_t bytes, std::size_t alignment) {
        const std::size_t start = (used_ + alignment - 1) & ~(alignment - 1);
        if (blocks_.empty() || start > block_bytes_ || bytes > block_bytes_ - start) [[unlikely]] {
            add_block(bytes);
            used_ = bytes;
            return blocks_.back().get();
        }
        used_ = start + bytes;
        BATPAK_ASSERT(used_ <= block_bytes_);
        return blocks_.back().get() + start;
    }

    void add_block(std::size_t at_least) {
        const std::size_t doubled = block_bytes_ == 0 ? kFirstBlockBytes : block_bytes_ * 2;
        const std::size_t bytes = std::max(at_least, std::min(doubled, kBlockBytesMax));
        blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(bytes));
        BATPAK_ASSERT(bytes >= at_least);
        // Only now: without memory for it, the last block is as long as it was.
        block_bytes_ = bytes;
        allocated_bytes_.fetch_add(bytes, std::memory_order_relaxed);
    }

    std::vector<std::unique_ptr<std::byte[]>> blocks_;
    std::size_t block_bytes_ = 0;
    std::size_t used_ = 0;
    std::atomic<std::size_t> allocated_bytes_{0};
};

}  // namespace batpak::store
