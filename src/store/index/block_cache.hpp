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

#include "batpak/base/bytes.hpp"
#include "store/frame/limits.hpp"

namespace batpak::store {

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

    // Copies out of a block, from byte `at` on; false if it is not here.
    // Requires: at + into.size() <= kIndexBlockBytes.
    bool copy(std::uint64_t number, std::size_t at, MutableBytesView into) const noexcept {
        const Place* const place = find(number);
        if (place == nullptr) return false;
        const std::uint64_t version = place->version.load(std::memory_order_acquire);
        if (version % 2 != 0 || place->number.load(std::memory_order_acquire) != number)
            return false;
        copy_words(*place, at, into);
        return place->version.load(std::memory_order_relaxed) == version;
    }

    // Keeps a block, unless another thread is writing to its place.
    // Requires: its bytes are always the same; at most kIndexBlockBytes of them.
    void keep(std::uint64_t number, BytesView block) noexcept;

private:
    static constexpr std::size_t kWordBytes = sizeof(std::uint64_t);
    static constexpr std::size_t kChunkPlaces = kIndexChunkBlocks;

    struct Place {
        std::atomic<std::uint64_t> version{0};
        std::atomic<std::uint64_t> number{UINT64_MAX};
        // Words, because they are read while they are written. Each load of a reader is ordered
        // before its second look at the version, and each store of the writer after its first.
        std::array<std::atomic<std::uint64_t>, kIndexBlockBytes / kWordBytes> words{};
    };
    using Chunk = std::array<Place, kChunkPlaces>;

    std::atomic<Chunk*>& chunk_of(std::uint64_t number) noexcept {
        return chunks_[number / kChunkPlaces % chunks_.size()];
    }
    // Null if its chunk was never used.
    const Place* find(std::uint64_t number) const noexcept {
        const Chunk* const chunk =
            chunks_[number / kChunkPlaces % chunks_.size()].load(std::memory_order_acquire);
        return chunk == nullptr ? nullptr : &(*chunk)[number % kChunkPlaces];
    }

    static void copy_words(const Place& place, std::size_t at, MutableBytesView into) noexcept {
        std::byte* to = into.data();
        std::size_t left = into.size();
        std::size_t word = at / kWordBytes;
        for (std::size_t skip = at % kWordBytes; left > 0; ++word, skip = 0) {
            const std::uint64_t value = place.words[word].load(std::memory_order_acquire);
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
