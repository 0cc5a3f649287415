// KeptStates: a store of typed events, and how long an answer from a kept state takes.
//
// Threads: thread-compatible
// Errors:  none; they end the program
#pragma once

#include <memory>
#include <string>

#include "batpak/projection/project.hpp"
#include "batpak/projection/projector.hpp"
#include "support/bench.hpp"

namespace batpak::bench {

struct Moved {
    static constexpr auto kind = EventKind::custom(0x1, 1);
    std::int64_t x = 0;
    std::int64_t y = 0;
};

struct Path {
    static constexpr auto projection = projection_of<Moved>("path", 1);
    std::int64_t x = 0;
    std::int64_t y = 0;
    std::uint64_t moves = 0;
    void on(const Moved& moved) {
        x = moved.x;
        y = moved.y;
        ++moves;
    }
};

class KeptStates {
public:
    KeptStates(const Bench& bench, std::uint64_t events);

    const Store& store() const noexcept { return *store_; }
    // A consistent answer about one of many entities: from memory, or, with a cache, from that.
    void measure_hits(const Bench& bench, const std::string& name,
                      std::shared_ptr<ProjectionCache> cache) const;

private:
    static constexpr std::uint64_t kEntities = 1000;

    StoreConfig config_;
    mutable std::optional<Store> store_;
};

}  // namespace batpak::bench
