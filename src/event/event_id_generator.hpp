// EventIdGenerator: event ids that grow for ever, whatever the clock does.
//
// UUID version 7 (RFC 9562, section 6.2, method 1): 48 bits of milliseconds, a counter of 12 bits,
// 62 random bits. The first 64 bits alone grow strictly with each id, so that an index may keep
// only them. The counter begins a millisecond at random below 256, and runs over into the next
// millisecond; a clock that stands still or goes back goes on with the last one.
//
// A clock beyond the year 6429 is taken for that year: what is left of the 48 bits is room to
// count on in, more than can ever be used.
//
// Threads: thread-compatible; not for a child after fork(), which would repeat its parent's pool
// Errors:  none
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/uuid.hpp"
#include "batpak/base/environment.hpp"
#include "batpak/base/id.hpp"

namespace batpak {

class EventIdGenerator {
public:
    static constexpr std::uint64_t kMillisecondsMax = uuid::kMillisecondsMax;
    static constexpr std::uint64_t kClockMax = (std::uint64_t{1} << 47) - 1;
    static constexpr std::uint64_t kResumeMax = kMillisecondsMax - (std::uint64_t{1} << 32);
    static_assert(kClockMax < kResumeMax);
    static constexpr std::uint64_t kCounterMax = uuid::kCounterMax;

    // Borrows: the entropy.
    explicit EventIdGenerator(Entropy& entropy) noexcept : entropy_(entropy) {}

    // From now on every id is greater than `last`, in its first 64 bits. False, and nothing
    // changed, for an id beyond kResumeMax, which no generator ever made.
    [[nodiscard]] bool resume_after(const EventId& last) noexcept;

    // Ensures: greater than every id before it, in its first 64 bits.
    EventId next(std::int64_t wall_us) noexcept;

private:
    void advance(std::int64_t wall_us) noexcept;
    std::uint64_t random() noexcept;

    Entropy& entropy_;
    std::uint64_t milliseconds_ = 0;
    std::uint64_t counter_ = 0;
    // Drawn ahead: one draw costs as much as many ids.
    std::array<std::byte, 4096> pool_;
    std::size_t pool_left_ = 0;
};

}  // namespace batpak
