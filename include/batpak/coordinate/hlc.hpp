// Hlc: hybrid logical clock, a time that never goes back.
//
// (us, counter): the wall clock in microseconds, held at its highest value so far, and a counter
// that separates events with the same value. It grows with every event of a store, whatever the
// wall clock does. Source: Kulkarni et al., "Logical Physical Clocks", 2014, for a single node.
//
// Threads: immutable value
// Errors:  none; after() aborts at last()
#pragma once

#include <compare>
#include <cstdint>

#include "batpak/base/assert.hpp"

namespace batpak {

struct Hlc {
    std::int64_t us = 0;
    std::uint32_t counter = 0;

    // The value that no other follows. It is 292,000 years away; only a forged log can hold it, so
    // code that reads an Hlc from outside and wants to go on from there compares first.
    static constexpr Hlc last() noexcept { return {INT64_MAX, UINT32_MAX}; }

    // The first value after this one that is not before the wall clock.
    // Requires: *this < last(). Ensures: result > *this, result.us >= wall_us.
    constexpr Hlc after(std::int64_t wall_us) const {
        BATPAK_ASSERT(*this < last());
        if (wall_us > us) return {wall_us, 0};
        if (counter == UINT32_MAX) return {us + 1, 0};
        return {us, counter + 1};
    }

    friend constexpr auto operator<=>(const Hlc&, const Hlc&) = default;
};

}  // namespace batpak
