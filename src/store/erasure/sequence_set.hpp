// SequenceSet: a set of sequences, as the ranges that they make.
//
// As bytes it is, for each range in order, two numbers of 7 bits a byte, the lowest first: how far
// it begins behind the end of the one before, and how long it is. Each set has one form.
//
// Threads: immutable value, once it is made
// Errors:  decode: DecodeFailed
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/base/result.hpp"
#include "batpak/base/sequence.hpp"

namespace batpak::store {

class SequenceSet {
public:
    struct Range {
        Sequence first;
        Sequence end;  // exclusive, above `first`

        friend bool operator==(const Range&, const Range&) = default;
    };

    // Requires: `sequence` is above all that are in it.
    void add(Sequence sequence);
    // All of them.
    static SequenceSet join(std::span<const SequenceSet> sets);
    static SequenceSet join(const SequenceSet& a, const SequenceSet& b) {
        return join(std::array{a, b});
    }

    bool contains(Sequence sequence) const noexcept;
    // Whether any of [first, end) is in it.
    bool intersects(Sequence first, Sequence end) const noexcept;
    bool empty() const noexcept { return ranges_.empty(); }
    std::uint64_t size() const noexcept;
    const std::vector<Range>& ranges() const noexcept { return ranges_; }

    Bytes encode() const;
    [[nodiscard]] static Result<SequenceSet> decode(BytesView bytes);

    friend bool operator==(const SequenceSet&, const SequenceSet&) = default;

private:
    void add_range(const Range& range);
    // The first range that ends behind `sequence`.
    std::vector<Range>::const_iterator first_behind(Sequence sequence) const noexcept;

    std::vector<Range> ranges_;  // in order, with gaps between them
};

// Adds to the last of the sets, or to a new one, so that none has more than `ranges_max` ranges.
// Requires: `ranges_max` > 0; `sequence` is above all that are in them.
void add_in_parts(std::vector<SequenceSet>& sets, Sequence sequence, std::size_t ranges_max);

}  // namespace batpak::store
