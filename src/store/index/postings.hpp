// Postings: the ordinals, within one index, of the events that share a key; ascending.
//
// Two forms, one way to read them: an array that the writer appends to while readers look
// (PostingList), and blocks of delta-coded integers in an index file (docs/FORMAT.md does not bind
// them: index files are derived). A Postings reads either by position; blocks are decoded one at a
// time, so that a seek costs one block.
//
//     blocks:  { u32 first ordinal, u32 offset of the block's bytes } for each block of 128,
//              then each block's bytes: the gaps between its ordinals as LEB128 varints
//
// Threads: PostingList: one writer, any number of readers; Postings: thread-compatible
// Errors:  none; what cannot be read, or was forged under a good checksum, reads as ordinals that
//          end the list. Whether it could be read, the index says (Index::is_lost). Memory that
//          runs out throws std::bad_alloc
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>

#include "batpak/base/assert.hpp"
#include "batpak/base/bytes.hpp"
#include "store/index/arena.hpp"
#include "store/index/part_file.hpp"

namespace batpak::store {

inline constexpr std::uint32_t kPostingBlock = 128;

// A growing list in memory.
class PostingList {
public:
    // Writer only. Makes room for one more ordinal, and keeps it until push_back() or
    // release_one().
    void reserve_one(Arena& arena);
    // Writer only. Requires: reserve_one() was called for it.
    void release_one() noexcept {
        BATPAK_ASSERT(reserved() > 0);
        reserved_ -= kOneReserved;
    }
    // Writer only. Requires: reserve_one() was called for it; ordinal > the last one.
    void push_back(std::uint32_t ordinal);
    void push_back(Arena& arena, std::uint32_t ordinal) {
        reserve_one(arena);
        push_back(ordinal);
    }

    // What has been pushed so far, at least all that was published before the call.
    // Borrows: the arena.
    std::span<const std::uint32_t> view() const noexcept {
        const std::uint32_t count = count_.load(std::memory_order_acquire);
        return {data_.load(std::memory_order_acquire), count};
    }

private:
    static constexpr std::uint32_t kOneReserved = 64;

    // Writer only: how many ordinals there is room for, and how many of them are reserved.
    std::uint64_t capacity() const noexcept {
        const std::uint32_t bits = reserved_ % kOneReserved;
        return bits == 0 ? 0 : std::uint64_t{1} << bits;
    }
    std::uint32_t reserved() const noexcept { return reserved_ / kOneReserved; }

    std::atomic<std::uint32_t> count_{0};
    // Both in one word, as there is a list for each key: reserved * 64 + the logarithm of capacity.
    std::uint32_t reserved_ = 0;
    std::atomic<std::uint32_t*> data_{nullptr};
};

// Appends the block form of an ascending list.
void encode_postings(Buffer& out, std::span<const std::uint32_t> ordinals);

class Postings {
public:
    Postings() = default;
    // Borrows: the array.
    explicit Postings(std::span<const std::uint32_t> array) noexcept
        : array_(array.data()), count_(static_cast<std::uint32_t>(array.size())) {}
    // Borrows: what the bytes borrow; encode_postings() wrote them for `count` ordinals.
    Postings(PartBytes blocks, std::uint32_t count) noexcept : blocks_(blocks), count_(count) {}

    std::uint32_t count() const noexcept { return count_; }
    // All of them. Requires: made from an array. Borrows: it.
    std::span<const std::uint32_t> array() const noexcept {
        BATPAK_ASSERT(array_ != nullptr || count_ == 0);
        return {array_, count_};
    }
    // Requires: index < count().
    std::uint32_t at(std::uint32_t index);
    // The index of the first ordinal that is not below `ordinal`; count() if there is none.
    std::uint32_t lower_bound(std::uint32_t ordinal);

private:
    struct BlockEntry {
        std::uint32_t first = UINT32_MAX;
        std::uint32_t offset = UINT32_MAX;
    };
    BlockEntry entry_of(std::uint32_t block) const;
    void load_block(std::uint32_t block);

    const std::uint32_t* array_ = nullptr;
    PartBytes blocks_;
    std::uint32_t count_ = 0;
    std::uint32_t loaded_block_ = UINT32_MAX;
    std::array<std::uint32_t, kPostingBlock> block_;
};

}  // namespace batpak::store
