// Hlc: hybrid logical clock, a time that never goes back.
//
// (us, counter): the wall clock in microseconds, held at its highest value so far, and a counter
// that tells apart what shares a value. It grows with every event of a store, whatever the wall
// clock does. Source: Kulkarni et al., "Logical Physical Clocks", 2014, for a single node.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <compare>
#include <cstdint>

namespace batpak {

struct Hlc {
    std::int64_t us = 0;
    std::uint32_t counter = 0;

    // The first value after this one that is not before the wall clock.
    // Ensures: result > *this, result.us >= wall_us.
    constexpr Hlc after(std::int64_t wall_us) const noexcept {
        if (wall_us > us) return {wall_us, 0};
        if (counter == UINT32_MAX) return {us + 1, 0};
        return {us, counter + 1};
    }

    friend constexpr auto operator<=>(const Hlc&, const Hlc&) = default;
};

}  // namespace batpak
