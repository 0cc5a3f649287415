// Random: the generator behind every seeded choice of the testing kit (splitmix64).
//
// The same seed gives the same numbers on every machine and in every release, so that a seed in
// a bug report still means something next year. Nobody should draw secrets from it.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <cstdint>

#include "batpak/base/assert.hpp"

namespace batpak::testing {

class Random {
public:
    explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

    std::uint64_t next() noexcept {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9U;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
        return mixed ^ (mixed >> 31);
    }

    // 0 to end - 1; the bias for a huge `end` does not matter to a test. Requires: end > 0.
    std::uint64_t below(std::uint64_t end) noexcept {
        BATPAK_ASSERT(end > 0);
        return next() % end;
    }

private:
    std::uint64_t state_;
};

}  // namespace batpak::testing
