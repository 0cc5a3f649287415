// BlockCache: blocks of index files that were read and proved, so that they are not read each time.
//
// A table of places, each for one block. Blocks are numbered as parts are opened and lie at their
// number modulo the number of places: as long as all parts together are no larger than the table,
// none takes the place of another. Nobody holds a block: a reader copies what it needs out of it,
// and sees by the place's version, which is odd while a block is written, whether it was exchanged
// meanwhile. So a reader takes no lock and waits for nobody. Memory is taken as places are first
// used; where there is none, the block is not kept.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "batpak/base/assert.hpp"
#include "batpak/base/bytes.hpp"
#include "store/frame/limits.hpp"

namespace batpak::store {

// A block, or what is left of one, as words of eight bytes that memory has them in.
//
// Borrows: the bytes.
class BlockWords {
public:
    static constexpr std::size_t kBytes = sizeof(std::uint64_t);
    // Of words that another thread may be writing.
    explicit BlockWords(const std::atomic<std::uint64_t>* shared) noexcept : shared_(shared) {}
    explicit BlockWords(const std::byte* own) noexcept : own_(own) {}

    std::uint64_t operator[](std::size_t i) const noexcept {
        if (shared_ != nullptr) return shared_[i].load(std::memory_order_acquire);
        std::uint64_t word = 0;
        std::memcpy(&word, own_ + i * kBytes, kBytes);
        return word;
    }
    BlockWords from(std::size_t i) const noexcept {
        return shared_ != nullptr ? BlockWords(shared_ + i) : BlockWords(own_ + i * kBytes);
    }
    // Has the processor fetch words that are about to be looked at, all at once.
    void prefetch(std::size_t count) const noexcept {
        constexpr std::size_t kLineWords = 8;
        if (shared_ == nullptr) return;
        for (std::size_t i = 0; i < count; i += kLineWords) __builtin_prefetch(shared_ + i);
    }

private:
    const std::atomic<std::uint64_t>* shared_ = nullptr;
    const std::byte* own_ = nullptr;
};

class BlockCache {
public:
    // Room for so many bytes of blocks, rounded up to whole chunks.
    explicit BlockCache(std::uint64_t bytes);
    ~BlockCache();
    BlockCache(const BlockCache&) = delete;
    BlockCache& operator=(const BlockCache&) = delete;

    // The first of so many numbers that no block has had.
    std::uint64_t take_numbers(std::uint64_t count) noexcept {
        return next_number_.fetch_add(count, std::memory_order_relaxed);
    }

    // Calls look(words) for a block; false if it is not here, or not any more: then the words were
    // of any blocks, and what was made of them is nothing.
    template <class Look>
    bool look(std::uint64_t number, Look look) const noexcept {
        const Chunk* const chunk = find_chunk(number);
        if (chunk == nullptr) return false;
        const Place& place = chunk->places[number % kChunkPlaces];
        const std::uint64_t version = place.version.load(std::memory_order_acquire);
        if (version % 2 != 0 || place.number.load(std::memory_order_acquire) != number)
            return false;
        look(BlockWords(chunk->blocks[number % kChunkPlaces].data()));
        return place.version.load(std::memory_order_relaxed) == version;
    }
    // Copies out of a block, from byte `at` on; false if it is not here.
    // Requires: at + into.size() <= kIndexBlockBytes.
    bool copy(std::uint64_t number, std::size_t at, MutableBytesView into) const noexcept {
        BATPAK_ASSERT(at + into.size() <= kIndexBlockBytes);
        return look(number, [&](BlockWords words) noexcept { copy_words(words, at, into); });
    }

    // Keeps a block, unless another thread is writing to its place.
    // Requires: at most kIndexBlockBytes of them, which are the same each time (a number belongs to
    // one part, whose blocks are proved).
    void keep(std::uint64_t number, BytesView block) noexcept;

private:
    static constexpr std::size_t kWordBytes = BlockWords::kBytes;
    static_assert(kIndexBlockBytes % kWordBytes == 0);
    static constexpr std::size_t kChunkPlaces = kIndexChunkBlocks;

    struct Place {
        std::atomic<std::uint64_t> version{0};
        std::atomic<std::uint64_t> number{UINT64_MAX};
    };
    // Words, because they are read while they are written. Each load of a reader is ordered before
    // its second look at the version, and each store of the writer after its first.
    using Words = std::array<std::atomic<std::uint64_t>, kIndexBlockBytes / kWordBytes>;
    // Places and bytes apart: the processor's caches have all of the places, and no line of theirs
    // is fetched for a block.
    struct Chunk {
        std::array<Place, kChunkPlaces> places;
        std::array<Words, kChunkPlaces> blocks{};
    };

    std::atomic<Chunk*>& chunk_of(std::uint64_t number) noexcept {
        return chunks_[number / kChunkPlaces % chunks_.size()];
    }
    // Null if it was never used.
    const Chunk* find_chunk(std::uint64_t number) const noexcept {
        return chunks_[number / kChunkPlaces % chunks_.size()].load(std::memory_order_acquire);
    }

    static void copy_words(BlockWords words, std::size_t at, MutableBytesView into) noexcept {
        std::byte* to = into.data();
        std::size_t left = into.size();
        std::size_t next = at / kWordBytes;
        for (std::size_t skip = at % kWordBytes; left > 0; ++next, skip = 0) {
            const std::uint64_t value = words[next];
            if (skip == 0 && left >= kWordBytes) {
                std::memcpy(to, &value, kWordBytes);
                to += kWordBytes;
                left -= kWordBytes;
                continue;
            }
            std::array<std::byte, kWordBytes> bytes;
            std::memcpy(bytes.data(), &value, kWordBytes);
            for (; skip < kWordBytes && left > 0; ++skip, --left) *to++ = bytes[skip];
        }
    }

    std::vector<std::atomic<Chunk*>> chunks_;
    std::atomic<std::uint64_t> next_number_{0};
};

}  // namespace batpak::store
