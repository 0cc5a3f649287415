// Workload: the events that every contender stores: the same ones in the same order.
//
// 10,000 entities with names of 12 bytes, drawn by Zipf's law with exponent 0.7; 16 scopes; the
// payload a MessagePack map of the size asked for. The seed is fixed.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <cstdint>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/coordinate/coordinate.hpp"
#include "batpak/coordinate/event_kind.hpp"

namespace batpak::bench {

class Workload {
public:
    static constexpr std::size_t kEntities = 10'000;
    static constexpr std::size_t kScopes = 16;
    static constexpr double kZipfExponent = 0.7;

    explicit Workload(std::size_t payload_bytes);

    // The `number`-th event. It repeats after kPicks events.
    const Coordinate& coordinate(std::uint64_t number) const noexcept {
        return coordinates_[rank(number)];
    }
    // Which entity that is: 0 is the most frequent.
    std::size_t rank(std::uint64_t number) const noexcept { return picks_[number % kPicks]; }
    const Coordinate& of_rank(std::size_t rank) const noexcept { return coordinates_[rank]; }
    BytesView payload() const noexcept { return payload_.view(); }
    EventKind kind() const noexcept { return kind_; }

private:
    static constexpr std::size_t kPicks = std::size_t{1} << 18;

    std::vector<Coordinate> coordinates_;  // by rank: the most frequent entity first
    std::vector<std::uint16_t> picks_;
    Buffer payload_;
    EventKind kind_;
};

}  // namespace batpak::bench
