// A place is written like this, so that a reader needs no lock (INV I3):
//
//     version odd -> number, words -> version even, and two higher
//
// One writer has a place at a time: a second one finds the version odd, or loses the exchange, and
// keeps nothing. A reader that looked at words while they changed finds another version after it,
// and reads the file.
#include "store/index/block_cache.hpp"

#include <algorithm>
#include <new>

#include "batpak/base/assert.hpp"

namespace batpak::store {

namespace {

constexpr std::uint64_t kChunkBytes = kIndexChunkBlocks * kIndexBlockBytes;

}  // namespace

BlockCache::BlockCache(std::uint64_t bytes) : chunks_((bytes + kChunkBytes - 1) / kChunkBytes) {
    BATPAK_ASSERT(bytes > 0);
}

BlockCache::~BlockCache() {
    for (const std::atomic<Chunk*>& chunk : chunks_) delete chunk.load(std::memory_order_acquire);
}

void BlockCache::keep(std::uint64_t number, BytesView block) noexcept {
    BATPAK_ASSERT(block.size() <= kIndexBlockBytes);
    std::atomic<Chunk*>& home = chunk_of(number);
    Chunk* chunk = home.load(std::memory_order_acquire);
    if (chunk == nullptr) {
        // Without memory the block is not kept: that costs the next reader a read of the file.
        std::unique_ptr<Chunk> fresh;
        try {
            fresh = std::make_unique<Chunk>();
        } catch (const std::bad_alloc&) {
            return;
        }
        if (home.compare_exchange_strong(chunk, fresh.get(), std::memory_order_acq_rel))
            chunk = fresh.release();
    }
    Place& place = chunk->places[number % kChunkPlaces];
    Words& words = chunk->blocks[number % kChunkPlaces];
    BATPAK_ASSERT(number < next_number_.load(std::memory_order_relaxed));  // a part has taken it
    std::uint64_t version = place.version.load(std::memory_order_relaxed);
    if (version % 2 != 0) return;
    if (!place.version.compare_exchange_strong(version, version + 1, std::memory_order_acq_rel))
        return;
    place.number.store(number, std::memory_order_release);
    std::size_t word = 0;
    for (; !block.empty(); ++word) {
        std::uint64_t value = 0;
        const std::size_t bytes = std::min(kWordBytes, block.size());
        std::memcpy(&value, block.data(), bytes);
        words[word].store(value, std::memory_order_release);
        block = block.subspan(bytes);
    }
    place.version.store(version + 2, std::memory_order_release);
}

}  // namespace batpak::store
