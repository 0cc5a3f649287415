#include "batpak/testing/environment.hpp"

#include "testing/random.hpp"

namespace batpak::testing {

// Eight bytes of each number, least significant first: no machine's own byte order.
void SeededEntropy::fill(MutableBytesView into) noexcept {
    const MutexLock lock(mutex_);
    Random random(state_);
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < into.size(); ++i) {
        number = i % sizeof(number) == 0 ? random.next() : number >> 8;
        into[i] = static_cast<std::byte>(number & 0xFFU);
    }
    state_ = random.next();
}

}  // namespace batpak::testing
