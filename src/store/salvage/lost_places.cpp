// The first free number and the first free time behind the last: what comes behind needs no more
// than it had.
#include "store/salvage/lost_places.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/uuid.hpp"

namespace batpak::store {
namespace {

constexpr std::int64_t kMicrosecondsEach = 1000;

}  // namespace

LostPlaces::LostPlaces(Entropy& entropy, const std::optional<LastEvent>& last,
                       const std::optional<LastEvent>& next, std::uint64_t count,
                       std::int64_t wall_us)
    : entropy_(entropy) {
    if (last) {
        number_ = id_number(last->id);
        hlc_ = last->hlc;
    } else if (next) {
        BATPAK_ASSERT(id_number(next->id) > count && next->hlc.us > 0);
        // Counted back from the first event that was found. check_place() has made sure that there
        // is room: so many numbers below its id, and a microsecond before its time.
        number_ = id_number(next->id) - count - 1;
        hlc_ = {next->hlc.us - 1, 0};
    } else {
        const std::int64_t since = std::max<std::int64_t>(wall_us, 0);
        number_ = static_cast<std::uint64_t>(since / kMicrosecondsEach) << kIdCounterBits;
        hlc_ = {since, 0};
    }
}

LastEvent LostPlaces::take() {
    ++number_;
    // The same microsecond with the next counter: the lost events take as little time as can be
    // told apart.
    hlc_ = hlc_.after(hlc_.us);
    std::array<std::byte, sizeof(std::uint64_t)> random{};
    entropy_.fill(random);
    std::uint64_t bits = 0;
    std::memcpy(&bits, random.data(), sizeof(bits));
    return {EventId{uuid::version_7(number_ >> kIdCounterBits, number_ & uuid::kCounterMax, bits)},
            hlc_};
}

}  // namespace batpak::store
