// Bytes: borrowed and owned runs of bytes, and the conversion between bytes and text.
//
// batpak passes bytes as `BytesView` and never as a pointer plus a length, so that a length cannot
// be separated from what it measures. What encodes bytes writes them into a Buffer.
//
// Threads: immutable values; a Buffer is thread-compatible
// Errors:  none; a Buffer that runs out of memory throws std::bad_alloc and is unchanged
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "batpak/base/assert.hpp"
#include "batpak/base/detail/language.hpp"

namespace batpak {

using Bytes = std::vector<std::byte>;
using BytesView = std::span<const std::byte>;
// Bytes that somebody else owns, to read or to fill.
using MutableBytesView = std::span<std::byte>;

// Borrows: the text.
inline BytesView as_bytes(std::string_view text) noexcept {
    return std::as_bytes(std::span(text.data(), text.size()));
}

// Borrows: the bytes.
inline std::string_view as_text(BytesView bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Whether both are as long, and hold the same.
inline bool equal_bytes(BytesView a, BytesView b) noexcept { return as_text(a) == as_text(b); }

// Lower-case hexadecimal, two digits a byte, most significant digit first.
std::string to_hex(BytesView bytes);

// Fills `into` from exactly 2 * into.size() hexadecimal digits of either case; false, and `into`
// unspecified, on any other text.
[[nodiscard]] bool from_hex(std::string_view hex, MutableBytesView into) noexcept;

// Buffer: a growing run of bytes that is written once, front to back, and never zeroed first.
//
// The encoders write into a Buffer. Unlike a vector, it does not fill the space that it reserves,
// and clear() keeps that space, so a reused Buffer allocates nothing.
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
