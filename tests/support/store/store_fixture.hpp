// StoreFixture: a store on a simulated disk with a clock that stands still.
//
// Threads: thread-compatible
// Errors:  none; what cannot be opened throws
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string_view>
#include <thread>

#include "batpak/store/store.hpp"
#include "batpak/testing/environment.hpp"
#include "batpak/testing/simulated_file_system.hpp"
#include "support/file_helpers.hpp"

namespace batpak::testing {

struct Moved {
    static constexpr auto kind = EventKind::custom(0xF, 1);
    int x = 0;
    int y = 0;
};

inline Coordinate coordinate_of(std::string_view entity) {
    return Coordinate::create(entity, "room:dungeon").value();
}

// Holds up the first call of a kind in the segments folder until it is opened.
class HeldCall {
public:
    HeldCall(SimulatedFileSystem& disk, CallKind kind) {
        disk.observe([gate = gate_, kind](const Call& call) {
            if (call.kind != kind || call.path.find("segments") == std::string::npos) return;
            if (gate->reached.exchange(true)) return;
            while (!gate->open.load()) std::this_thread::yield();
        });
    }
    void await() const {
        while (!gate_->reached.load()) std::this_thread::yield();
    }
    void open() { gate_->open.store(true); }

private:
    struct Gate {
        std::atomic<bool> reached{false};
        std::atomic<bool> open{false};
    };
    // The disk observes on when this is gone.
    const std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
};

struct StoreFixture : ::testing::Test {
    StoreFixture() { config = config.with_environment({disk, clock, entropy}); }

    Store open() const { return Store::open(config).value(); }

    std::shared_ptr<SimulatedFileSystem> disk =
        std::make_shared<SimulatedFileSystem>(1, SimulatedDisk{});
    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>(ManualClock::kStartUs);
    std::shared_ptr<SeededEntropy> entropy = std::make_shared<SeededEntropy>(1);
    StoreConfig config{"data"};
    Coordinate alice = coordinate_of("player:alice");
    Coordinate bob = coordinate_of("player:bob");
    EventKind kind = EventKind::custom(1, 7);
    BytesView payload = as_bytes("payload");
};

}  // namespace batpak::testing
