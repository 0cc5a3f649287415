// Allocations: what operator new gave out, in this whole program.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <cstdint>

namespace batpak::bench {

struct Allocations {
    std::uint64_t count = 0;      // so far
    std::int64_t live_bytes = 0;  // given out and not given back, as malloc rounds them

    static Allocations now() noexcept;
};

}  // namespace batpak::bench
