// Content: the bytes of a file in memory, which can be pinned so that a mapping may point at them.
//
// Threads: thread-compatible; but while pinned, the holder of the mapping may write to the bytes
//          with atomic stores
// Errors:  none; resize() says no
#pragma once

#include <cstdint>
#include <memory>

#include "batpak/base/bytes.hpp"

namespace batpak::testing {

class Content {
public:
    Content() = default;
    Content(const Content& other);
    Content& operator=(const Content&) = delete;

    std::uint64_t size() const noexcept { return size_; }
    MutableBytesView bytes() noexcept { return {storage_.get(), size_}; }
    BytesView bytes() const noexcept { return {storage_.get(), size_}; }

    // Cuts, or extends with zeros. False, and nothing changed, if the bytes would have to move
    // while they are pinned, or memory runs out.
    [[nodiscard]] bool resize(std::uint64_t size_bytes);

    // From here to unpin() the bytes stay where they are. False if memory runs out.
    [[nodiscard]] bool pin();
    void unpin() noexcept;

private:
    struct Free {
        void operator()(std::byte* storage) const noexcept;
    };

    [[nodiscard]] bool move_to(std::uint64_t capacity);

    std::unique_ptr<std::byte[], Free> storage_;
    std::uint64_t size_ = 0;
    std::uint64_t capacity_ = 0;
    std::uint64_t pins_ = 0;
};

// Copies bytes that a mapping may be writing to at the same time: word by word, each one
// atomically. Requires: source is aligned to 8 bytes; target.size() >= source.size().
void copy_shared(BytesView source, MutableBytesView target) noexcept;

}  // namespace batpak::testing
