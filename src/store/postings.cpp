#include "store/postings.hpp"

#include <algorithm>
#include <cstring>

#include "batpak/base/assert.hpp"
#include "batpak/base/little_endian.hpp"

namespace batpak::store {
namespace {

constexpr std::uint32_t kFirstCapacityBits = 2;
constexpr std::size_t kBlockEntryBytes = 8;

std::uint32_t block_count(std::uint32_t count) {
    return (count + kPostingBlock - 1) / kPostingBlock;
}

void put_varint(Buffer& out, std::uint32_t value) {
    for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::byte>(value | 0x80));
    out.push_back(static_cast<std::byte>(value));
}

}  // namespace

void PostingList::reserve_one(Arena& arena) {
    const std::uint32_t count = count_.load(std::memory_order_relaxed);
    BATPAK_ASSERT(reserved() < UINT32_MAX / kOneReserved);
    if (std::uint64_t{count} + reserved() == capacity()) {
        // Readers may hold the smaller array: it stays as it is in the arena.
        const std::uint32_t bits = std::max(kFirstCapacityBits, reserved_ % kOneReserved + 1);
        auto* const larger = arena.allocate<std::uint32_t>(std::size_t{1} << bits);
        const std::uint32_t* const data = data_.load(std::memory_order_relaxed);
        if (count > 0) std::memcpy(larger, data, count * sizeof(std::uint32_t));
        data_.store(larger, std::memory_order_release);
        reserved_ = reserved() * kOneReserved + bits;
    }
    reserved_ += kOneReserved;
}

void PostingList::push_back(std::uint32_t ordinal) {
    const std::uint32_t count = count_.load(std::memory_order_relaxed);
    std::uint32_t* const data = data_.load(std::memory_order_relaxed);
    BATPAK_ASSERT(reserved() > 0 && (count == 0 || data[count - 1] < ordinal));
    reserved_ -= kOneReserved;
    data[count] = ordinal;
    count_.store(count + 1, std::memory_order_release);
}

void encode_postings(Buffer& out, std::span<const std::uint32_t> ordinals) {
    const std::size_t start = out.size();
    const std::uint32_t blocks = block_count(static_cast<std::uint32_t>(ordinals.size()));
    out.extend(blocks * kBlockEntryBytes);
    for (std::uint32_t block = 0; block < blocks; ++block) {
        const auto in_block = ordinals.subspan(std::size_t{block} * kPostingBlock);
        const MutableBytesView entry(out.data() + start + block * kBlockEntryBytes,
                                     kBlockEntryBytes);
        store_little_endian(entry, in_block[0]);
        store_little_endian(entry.subspan(4), static_cast<std::uint32_t>(out.size() - start));
        const std::size_t end = std::min<std::size_t>(in_block.size(), kPostingBlock);
        for (std::size_t i = 1; i < end; ++i) put_varint(out, in_block[i] - in_block[i - 1]);
    }
}

std::uint32_t Postings::block_first(std::uint32_t block) const noexcept {
    const std::size_t at = std::size_t{block} * kBlockEntryBytes;
    if (at + kBlockEntryBytes > blocks_.size()) return UINT32_MAX;
    return load_little_endian<std::uint32_t>(blocks_.subspan(at));
}

void Postings::load_block(std::uint32_t block) noexcept {
    loaded_block_ = block;
    block_.fill(UINT32_MAX);
    const std::size_t entry = std::size_t{block} * kBlockEntryBytes;
    if (entry + kBlockEntryBytes > blocks_.size()) return;
    std::size_t at = load_little_endian<std::uint32_t>(blocks_.subspan(entry + 4));
    std::uint32_t ordinal = block_first(block);
    const std::uint32_t size = std::min(kPostingBlock, count_ - block * kPostingBlock);
    block_[0] = ordinal;
    for (std::uint32_t i = 1; i < size; ++i) {
        std::uint32_t gap = 0;
        for (unsigned shift = 0;; shift += 7, ++at) {
            if (at >= blocks_.size() || shift > 28) return;
            const auto byte = std::to_integer<std::uint32_t>(blocks_[at]);
            gap |= (byte & 0x7F) << shift;
            if ((byte & 0x80) == 0) break;
        }
        ++at;
        ordinal += gap;
        block_[i] = ordinal;
    }
}

std::uint32_t Postings::at(std::uint32_t index) noexcept {
    BATPAK_ASSERT(index < count_);
    if (array_ != nullptr) return array_[index];
    const std::uint32_t block = index / kPostingBlock;
    if (block != loaded_block_) load_block(block);
    return block_[index % kPostingBlock];
}

std::uint32_t Postings::lower_bound(std::uint32_t ordinal) noexcept {
    if (count_ == 0) return 0;
    if (array_ != nullptr) {
        return static_cast<std::uint32_t>(std::lower_bound(array_, array_ + count_, ordinal) -
                                          array_);
    }
    // The last block whose first ordinal is not above the one looked for holds the answer.
    std::uint32_t low = 0;
    std::uint32_t high = block_count(count_);
    while (high - low > 1) {
        const std::uint32_t middle = low + (high - low) / 2;
        (block_first(middle) <= ordinal ? low : high) = middle;
    }
    if (low != loaded_block_) load_block(low);
    const std::uint32_t size = std::min(kPostingBlock, count_ - low * kPostingBlock);
    const auto found = std::lower_bound(block_.begin(), block_.begin() + size, ordinal);
    return low * kPostingBlock + static_cast<std::uint32_t>(found - block_.begin());
}

}  // namespace batpak::store
