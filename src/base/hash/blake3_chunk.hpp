// Chunk: one chunk of BLAKE3, over the compression function of the library.
//
// A message of up to 1,024 bytes is one chunk, and its hash is the chaining value after the last
// block (BLAKE3 paper, sections 2.1 to 2.5): each block of 64 bytes is compressed into the value
// that the one before left; the first is marked CHUNK_START, the last CHUNK_END and ROOT and filled
// up with zeros. The library offers the same through its hasher, which for messages this short
// spends a fifth of the time on copying, and cannot hash several messages side by side.
//
// Only where the library was built in from its sources: the header of its functions is not
// installed.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>

// Before the C header, which includes it where C++ headers must not be.
#if defined(__x86_64__)
#include <immintrin.h>
#endif

extern "C" {
#include <blake3_impl.h>
}

#include "batpak/base/assert.hpp"
#include "batpak/base/hash.hpp"

namespace batpak::blake3 {

inline constexpr std::size_t kChunkBytes = BLAKE3_CHUNK_LEN;
inline constexpr std::size_t kBlockBytes = BLAKE3_BLOCK_LEN;
// The widest processors compress so many at once.
inline constexpr std::size_t kMessagesMax = 16;

using Message = std::array<std::byte, kChunkBytes>;

// How many blocks of a message stand before its last one, which may be empty or in part empty.
inline std::size_t blocks_before_last(std::size_t size) noexcept {
    return size == 0 ? 0 : (size - 1) / kBlockBytes;
}

class Chunk {
public:
    Chunk() = default;  // to be assigned to
    // `start`: a hasher to which nothing was given yet.
    explicit Chunk(const blake3_hasher& start) noexcept : blocks_(0), flags_(start.chunk.flags) {
        std::memcpy(value_.data(), start.key, sizeof(value_));
    }

    // Compresses what is left of a message, whose bytes after `size` are overwritten.
    Hash finish(Message& message, std::size_t size) noexcept {
        const std::size_t last = blocks_before_last(size);
        for (; blocks_ < last; ++blocks_) compress(message, kBlockBytes, 0);
        const std::size_t left = size - last * kBlockBytes;
        std::memset(message.data() + size, 0, kBlockBytes - left);
        compress(message, left, CHUNK_END | ROOT);
        Hash hash;
        store_cv_words(reinterpret_cast<std::uint8_t*>(hash.bytes.data()), value_.data());
        return hash;
    }

private:
    friend void start_together(const blake3_hasher& start,
                               std::span<const std::byte* const> messages, std::size_t blocks,
                               std::span<Chunk> chunks) noexcept;

    void compress(const Message& message, std::size_t bytes, unsigned end_flags) noexcept {
        const unsigned start_flag = blocks_ == 0 ? unsigned{CHUNK_START} : 0U;
        const std::byte* const block = message.data() + blocks_ * kBlockBytes;
        blake3_compress_in_place(value_.data(), reinterpret_cast<const std::uint8_t*>(block),
                                 static_cast<std::uint8_t>(bytes), 0,
                                 static_cast<std::uint8_t>(flags_ | start_flag | end_flags));
    }

    std::array<std::uint32_t, 8> value_;
    std::size_t blocks_;
    std::uint8_t flags_;
};

// Compresses the first `blocks` blocks of each message, side by side. Requires: at most
// kMessagesMax messages; none of the blocks is the last of its message.
inline void start_together(const blake3_hasher& start, std::span<const std::byte* const> messages,
                           std::size_t blocks, std::span<Chunk> chunks) noexcept {
    for (std::size_t i = 0; i < messages.size(); ++i) chunks[i] = Chunk(start);
    if (blocks == 0 || messages.size() == 1) return;  // alone, it is as fast by itself
    BATPAK_ASSERT(messages.size() <= kMessagesMax);
    std::array<std::uint8_t, kMessagesMax * BLAKE3_OUT_LEN> values;
    blake3_hash_many(reinterpret_cast<const std::uint8_t* const*>(messages.data()), messages.size(),
                     blocks, start.key, 0, false, start.chunk.flags, CHUNK_START, 0, values.data());
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const std::uint8_t* const value = values.data() + i * BLAKE3_OUT_LEN;
        for (std::size_t word = 0; word < 8; ++word)
            chunks[i].value_[word] = load32(value + word * sizeof(std::uint32_t));
        chunks[i].blocks_ = blocks;
    }
}

}  // namespace batpak::blake3
