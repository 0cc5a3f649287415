// An id is a UUID of version 7: 48 bits of milliseconds, 12 bits that count within one, 62 random
// bits. Only the first 64 bits must grow, and they do whatever the clock does (INV W7): while it
// stands still or goes back the counter goes on, and where that is full the milliseconds run ahead
// of the clock.
#include "event/event_id_generator.hpp"

#include <algorithm>
#include <cstring>

#include "batpak/base/assert.hpp"
#include "batpak/base/detail/byte_order.hpp"

namespace batpak {
namespace {

// At random below this, so that ids do not tell how many events a millisecond had; what is left to
// 4095 is room for counting.
constexpr std::uint64_t kCounterStarts = 256;
constexpr std::int64_t kMicrosecondsEach = 1000;

std::uint64_t milliseconds_of(std::int64_t wall_us) noexcept {
    if (wall_us < 0) return 0;
    const auto milliseconds = static_cast<std::uint64_t>(wall_us / kMicrosecondsEach);
    return std::min(milliseconds, EventIdGenerator::kClockMax);
}

}  // namespace

bool EventIdGenerator::resume_after(const EventId& last) noexcept {
    std::uint64_t top = 0;
    std::memcpy(&top, last.bytes.data(), sizeof(top));
    top = big_endian(top);
    const std::uint64_t milliseconds = top >> 16;
    const std::uint64_t counter = top & kCounterMax;
    // An id of another version is taken for the last of its millisecond.
    const std::uint64_t used = uuid::is_version_7(last.bytes) ? counter : kCounterMax;
    if (milliseconds > kResumeMax) return false;
    if (milliseconds < milliseconds_) return true;
    counter_ = milliseconds > milliseconds_ ? used : std::max(counter_, used);
    milliseconds_ = milliseconds;
    return true;
}

EventId EventIdGenerator::next(std::int64_t wall_us) noexcept {
    advance(wall_us);
    return EventId{uuid::version_7(milliseconds_, counter_, random())};
}

void EventIdGenerator::advance(std::int64_t wall_us) noexcept {
    const std::uint64_t now = milliseconds_of(wall_us);
    if (now > milliseconds_) {
        milliseconds_ = now;
        counter_ = random() % kCounterStarts;
    } else if (counter_ < kCounterMax) {
        ++counter_;
    } else {
        BATPAK_ASSERT(milliseconds_ < kMillisecondsMax);
        ++milliseconds_;
        counter_ = random() % kCounterStarts;
    }
}

// From a pool, because an id needs few bytes and a draw is a call through the seam.
std::uint64_t EventIdGenerator::random() noexcept {
    std::uint64_t bits = 0;
    if (pool_left_ < sizeof(bits)) {
        entropy_.fill(pool_);
        pool_left_ = pool_.size();
    }
    std::memcpy(&bits, pool_.data() + pool_.size() - pool_left_, sizeof(bits));
    pool_left_ -= sizeof(bits);
    return bits;
}

}  // namespace batpak
