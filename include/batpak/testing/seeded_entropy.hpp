// SeededEntropy: randomness that a test can repeat. Never use it for a real store.
//
// The same seed and the same requests, in the same order, give the same bytes, on every machine.
//
// Threads: thread-safe; the order of requests decides which caller gets which bytes
// Errors:  none
#pragma once

#include <cstdint>

#include "batpak/base/entropy.hpp"
#include "batpak/base/mutex.hpp"

namespace batpak::testing {

class SeededEntropy final : public Entropy {
public:
    explicit SeededEntropy(std::uint64_t seed) noexcept : state_(seed) {}

    void fill(MutableBytesView into) noexcept override;

private:
    Mutex mutex_;
    std::uint64_t state_ BATPAK_GUARDED_BY(mutex_);
};

}  // namespace batpak::testing
