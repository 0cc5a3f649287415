// LogState: what open() hands to the commit side, and the numbers that both sides share.
//
// Threads: Ends is thread-safe: the leader stores, anybody loads
// Errors:  none
#pragma once

#include <atomic>
#include <memory>

#include "batpak/base/id.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/coordinate/hlc.hpp"
#include "store/manifest.hpp"
#include "store/memory_index.hpp"
#include "store/segment_writer.hpp"

namespace batpak::store {

// How far the log goes, on one axis: durable_end <= visible_end, always.
class Ends {
public:
    // In one order with what a waiter publishes (Arrivals), which costs a load nothing.
    Sequence visible() const noexcept { return Sequence(visible_.load(std::memory_order_seq_cst)); }
    Sequence durable() const noexcept { return Sequence(durable_.load(std::memory_order_acquire)); }

    // Leader only. Neither ever goes back, but for take_back().
    void publish(Sequence visible, Sequence durable) noexcept {
        BATPAK_ASSERT(durable <= visible);
        visible_.store(visible.value, std::memory_order_seq_cst);
        durable_.store(durable.value, std::memory_order_release);
    }

    // Of a reader without the lock only: what it took for the log from `visible` on is none.
    // Requires: no event from there on was known durable.
    void take_back(Sequence visible) noexcept {
        BATPAK_ASSERT(durable() <= visible);
        visible_.store(visible.value, std::memory_order_seq_cst);
    }

private:
    std::atomic<std::uint64_t> visible_{0};
    std::atomic<std::uint64_t> durable_{0};
};

// Where the log stands when it is opened for writing.
struct LogState {
    Manifest manifest;
    std::unique_ptr<SegmentWriter> segment;
    std::shared_ptr<MemoryIndex> index;  // of what will be appended to the active segment
    Sequence next;
    Hlc hlc;
    EventId last_id;  // nil in an empty store
    bool ends_with_mark = false;
};

}  // namespace batpak::store
