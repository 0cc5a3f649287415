// Buffer: a growing run of bytes that is written once, front to back, and never zeroed first.
//
// The encoders write into a Buffer. Unlike a vector, it does not fill the space that it reserves,
// and clear() keeps that space, so a reused Buffer allocates nothing.
//
// Threads: thread-compatible
// Errors:  none; running out of memory throws std::bad_alloc and leaves the content unchanged
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>

#include "batpak/base/assert.hpp"
#include "batpak/base/bytes.hpp"

namespace batpak {

class Buffer {
public:
    Buffer() = default;
    Buffer(Buffer&& other) noexcept
        : storage_(std::move(other.storage_)),
          size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    Buffer& operator=(Buffer&& other) noexcept {
        storage_ = std::move(other.storage_);
        size_ = std::exchange(other.size_, 0);
        capacity_ = std::exchange(other.capacity_, 0);
        return *this;
    }

    std::size_t size() const noexcept { return size_; }
    std::size_t capacity() const noexcept { return capacity_; }
    bool empty() const noexcept { return size_ == 0; }
    BytesView view() const noexcept { return {storage_.get(), size_}; }
    std::byte* data() noexcept { return storage_.get(); }

    void clear() noexcept { size_ = 0; }
    // Forgets everything from `size` on. Requires: size <= size().
    void truncate(std::size_t size) noexcept {
        BATPAK_ASSERT(size <= size_);
        size_ = size;
    }

    // Makes room for `count` more bytes without a further allocation.
    void reserve_more(std::size_t count) {
        if (count > capacity_ - size_) [[unlikely]]
            grow_for(count);
    }

    // Adds `count` bytes whose values the caller must write.
    // Borrows: until the next call that adds.
    MutableBytesView extend(std::size_t count) {
        reserve_more(count);
        const MutableBytesView added(storage_.get() + size_, count);
        size_ += count;
        return added;
    }

    void append(BytesView bytes) {
        if (bytes.empty()) return;
        std::memcpy(extend(bytes.size()).data(), bytes.data(), bytes.size());
    }

    void push_back(std::byte byte) { extend(1)[0] = byte; }

private:
    void grow_for(std::size_t count);

    std::unique_ptr<std::byte[]> storage_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace batpak
