// Ends: how far the log goes, for all who read it: durable <= visible, always.
//
// Threads: thread-safe: the leader stores, anybody loads
// Errors:  none
#pragma once

#include <atomic>
#include <cstdint>

#include "batpak/base/assert.hpp"
#include "batpak/base/sequence.hpp"

namespace batpak::store {

class Ends {
public:
    // In one order with what a waiter publishes (Arrivals), which costs a load nothing.
    Sequence visible() const noexcept { return Sequence(visible_.load(std::memory_order_seq_cst)); }
    Sequence durable() const noexcept { return Sequence(durable_.load(std::memory_order_acquire)); }

    // Leader only. Neither ever goes back, but for take_back().
    void publish(Sequence visible, Sequence durable) noexcept {
        BATPAK_ASSERT(durable <= visible);
        BATPAK_ASSERT(visible.value >= visible_.load(std::memory_order_relaxed));
        BATPAK_ASSERT(durable.value >= durable_.load(std::memory_order_relaxed));
        visible_.store(visible.value, std::memory_order_seq_cst);
        durable_.store(durable.value, std::memory_order_release);
    }

    // Of a reader without the lock only: what it took for the log from `visible` on is none.
    // Requires: no event from there on was known durable.
    void take_back(Sequence visible) noexcept {
        BATPAK_ASSERT(durable() <= visible && visible <= this->visible());
        visible_.store(visible.value, std::memory_order_seq_cst);
    }

private:
    std::atomic<std::uint64_t> visible_{0};
    std::atomic<std::uint64_t> durable_{0};
};

}  // namespace batpak::store
