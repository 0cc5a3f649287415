// In memory a list is an array that readers look at while it grows (INV I2):
//
//     room       reserve_one()   a larger array if need be; the smaller one stays where it is
//     an ordinal push_back()     written first, then counted: a reader sees it whole or not at all
//
// In a file it is blocks of 128, of which each says its first ordinal: a search looks at those
// alone and decodes one block. What a file says is bounded by what it has: a list that was forged
// gives wrong ordinals, which reading the events shows, and never leads outside (INV R6).
#include "store/index/postings.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/little_endian.hpp"
#include "batpak/base/assert.hpp"

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
    BATPAK_ASSERT(reserved() > 0);  // so there is room
    BATPAK_ASSERT(count == 0 || data[count - 1] < ordinal);
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
        for (std::size_t i = 1; i < end; ++i) {
            BATPAK_ASSERT(in_block[i] > in_block[i - 1]);  // a gap of 0 is no gap
            put_varint(out, in_block[i] - in_block[i - 1]);
        }
    }
}

Postings::BlockEntry Postings::entry_of(std::uint32_t block) const {
    std::array<std::byte, kBlockEntryBytes> bytes;
    if (!blocks_.copy(std::uint64_t{block} * kBlockEntryBytes, bytes)) return {};
    return {load_little_endian<std::uint32_t>(bytes),
            load_little_endian<std::uint32_t>(BytesView(bytes).subspan(4))};
}

namespace {

// The bytes of a list one by one, taken some at a time.
class ByteWalk {
public:
    ByteWalk(const PartBytes& bytes, std::uint64_t at) : bytes_(bytes), at_(at) {}

    // Nothing after the end, and where the bytes cannot be read.
    std::optional<std::uint32_t> next() {
        if (taken_ == held_ && !refill()) return std::nullopt;
        return std::to_integer<std::uint32_t>(piece_[taken_++]);
    }

private:
    bool refill() {
        if (at_ >= bytes_.size()) return false;
        held_ =
            static_cast<std::size_t>(std::min<std::uint64_t>(piece_.size(), bytes_.size() - at_));
        taken_ = 0;
        if (!bytes_.copy(at_, MutableBytesView(piece_).first(held_))) return false;
        at_ += held_;
        return true;
    }

    const PartBytes& bytes_;
    std::uint64_t at_;
    std::array<std::byte, 128> piece_;
    std::size_t held_ = 0;
    std::size_t taken_ = 0;
};

}  // namespace

// Whatever goes wrong, the rest of the block is ordinals that no run has: a search stops at them.
void Postings::load_block(std::uint32_t block) {
    BATPAK_ASSERT(block < block_count(count_));
    const BlockEntry entry = entry_of(block);
    block_.fill(UINT32_MAX);
    loaded_block_ = block;
    if (entry.offset == UINT32_MAX) return;
    const std::uint32_t size = std::min(kPostingBlock, count_ - block * kPostingBlock);
    std::uint32_t ordinal = entry.first;
    block_[0] = ordinal;
    ByteWalk bytes(blocks_, entry.offset);
    for (std::uint32_t i = 1; i < size; ++i) {
        std::uint32_t gap = 0;
        for (unsigned shift = 0;; shift += 7) {
            const std::optional<std::uint32_t> byte = bytes.next();
            // Five bytes hold 32 bits: a longer number was never written.
            if (!byte || shift > 28) return;
            gap |= (*byte & 0x7F) << shift;
            if ((*byte & 0x80) == 0) break;
        }
        ordinal += gap;
        block_[i] = ordinal;
    }
}

std::uint32_t Postings::at(std::uint32_t index) {
    BATPAK_ASSERT(index < count_);
    if (array_ != nullptr) return array_[index];
    const std::uint32_t block = index / kPostingBlock;
    if (block != loaded_block_) load_block(block);
    return block_[index % kPostingBlock];
}

std::uint32_t Postings::lower_bound(std::uint32_t ordinal) {
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
        (entry_of(middle).first <= ordinal ? low : high) = middle;
    }
    if (low != loaded_block_) load_block(low);
    const std::uint32_t size = std::min(kPostingBlock, count_ - low * kPostingBlock);
    const auto found = std::lower_bound(block_.begin(), block_.begin() + size, ordinal);
    return low * kPostingBlock + static_cast<std::uint32_t>(found - block_.begin());
}

}  // namespace batpak::store
