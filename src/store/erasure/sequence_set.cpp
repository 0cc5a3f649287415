// Ranges stand in order with a gap between any two, so a set has one list of ranges, and two sets
// are equal if their lists are. A look-up halves, join() sorts, and all else goes along the list
// once.
//
// decode() takes exactly what encode() gives (docs/FORMAT.md, "Erasure of payloads"): a number with
// a byte too many, a range that touches the one before it, or one that ends beyond 2^64 is refused.
// No number is used before it is checked, and none says how much memory to take (INV R6).
#include "store/erasure/sequence_set.hpp"

#include <algorithm>
#include <optional>

#include "batpak/base/assert.hpp"

namespace batpak::store {
namespace {

constexpr unsigned kGroupBits = 7;

void put_number(Bytes& out, std::uint64_t value) {
    constexpr std::uint64_t kMore = 0x80;
    for (; value >= kMore; value >>= kGroupBits) {
        out.push_back(static_cast<std::byte>(value | kMore));
    }
    out.push_back(static_cast<std::byte>(value));
}

// Nothing if it is not all there, too large, or longer than it need be.
std::optional<std::uint64_t> take_number(BytesView& bytes) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += kGroupBits) {
        const auto group = std::to_integer<std::uint64_t>(bytes.front());
        bytes = bytes.subspan(1);
        const std::uint64_t bits = group & 0x7F;
        // Of the tenth group only the lowest bit has room.
        if (bits << shift >> shift != bits) return std::nullopt;
        value |= bits << shift;
        if ((group & 0x80) != 0) continue;
        // A last group of zero adds nothing: the number has a shorter form.
        if (group == 0 && shift > 0) return std::nullopt;
        return value;
    }
    return std::nullopt;
}

}  // namespace

void SequenceSet::add(Sequence sequence) {
    BATPAK_ASSERT(ranges_.empty() || ranges_.back().end <= sequence);
    add_range({sequence, sequence.next()});
}

void SequenceSet::add_range(const Range& range) {
    BATPAK_ASSERT(range.first < range.end);
    BATPAK_ASSERT(ranges_.empty() || ranges_.back().end <= range.first);
    if (!ranges_.empty() && ranges_.back().end == range.first) {
        ranges_.back().end = range.end;
    } else {
        ranges_.push_back(range);
    }
}

// By where they begin; one that begins inside the last that was taken makes it longer.
SequenceSet SequenceSet::join(std::span<const SequenceSet> sets) {
    std::vector<Range> all;
    for (const SequenceSet& set : sets)
        all.insert(all.end(), set.ranges_.begin(), set.ranges_.end());
    std::ranges::sort(all, {}, &Range::first);
    SequenceSet joined;
    for (const Range& range : all) {
        const Sequence begin =
            joined.empty() ? range.first : std::max(range.first, joined.ranges_.back().end);
        if (begin < range.end) joined.add_range({begin, range.end});
    }
    return joined;
}

std::vector<SequenceSet::Range>::const_iterator SequenceSet::first_behind(
    Sequence sequence) const noexcept {
    return std::ranges::upper_bound(ranges_, sequence, {}, &Range::end);
}

bool SequenceSet::contains(Sequence sequence) const noexcept {
    const auto range = first_behind(sequence);
    return range != ranges_.end() && range->first <= sequence;
}

bool SequenceSet::intersects(Sequence first, Sequence end) const noexcept {
    const auto range = first_behind(first);
    return range != ranges_.end() && range->first < end;
}

std::uint64_t SequenceSet::size() const noexcept {
    std::uint64_t size = 0;
    for (const Range& range : ranges_) size += range.end.value - range.first.value;
    return size;
}

void add_in_parts(std::vector<SequenceSet>& sets, Sequence sequence, std::size_t ranges_max) {
    BATPAK_ASSERT(ranges_max > 0);
    // A sequence that extends the last range needs no new one.
    const bool is_full = !sets.empty() && sets.back().ranges().size() == ranges_max &&
                         sets.back().ranges().back().end != sequence;
    if (sets.empty() || is_full) sets.emplace_back();
    sets.back().add(sequence);
    BATPAK_ASSERT(sets.back().ranges().size() <= ranges_max);
}

Bytes SequenceSet::encode() const {
    Bytes bytes;
    Sequence end;
    for (const Range& range : ranges_) {
        BATPAK_ASSERT(range.first >= end && range.first < range.end);
        put_number(bytes, range.first.value - end.value);
        put_number(bytes, range.end.value - range.first.value);
        end = range.end;
    }
    return bytes;
}

Result<SequenceSet> SequenceSet::decode(BytesView bytes) {
    SequenceSet set;
    Sequence end;
    while (!bytes.empty()) {
        const std::optional<std::uint64_t> gap = take_number(bytes);
        const std::optional<std::uint64_t> length = gap ? take_number(bytes) : std::nullopt;
        // The gap is compared first, so that the difference for the length cannot wrap.
        const bool fits = length && *length > 0 && (*gap > 0 || set.empty()) &&
                          *gap <= UINT64_MAX - end.value &&
                          *length <= UINT64_MAX - end.value - *gap;
        if (!fits) return fail(ErrorCode::DecodeFailed, "these bytes are no set of sequences");
        const Sequence first = end.plus(*gap);
        end = first.plus(*length);
        set.add_range({first, end});
    }
    return set;
}

}  // namespace batpak::store
