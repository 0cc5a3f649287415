// MachineCoverage: what a log says about a state machine: which edges were ever taken, how long
// entities stay in a state, where each is now, and since when.
//
//     const auto coverage = Door::coverage(store, Region::scope("room:dungeon")).value();
//     fmt::print("{}", coverage.to_string(Door::table()));
//
// The time in a state is the time of the event that leaves it minus the time of the event that led
// there, by the clock of the log. The time before the first event of a machine, and since its last,
// is not counted: nothing in the log says when a machine came into being, and `since` gives the
// rest.
//
// Threads: immutable value
// Errors:  machine_coverage() IllegalEvent, and those of reading
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "batpak/coordinate/hlc.hpp"
#include "batpak/machine/detail/machine_table.hpp"
#include "batpak/store/reads.hpp"

namespace batpak {

struct StateCoverage {
    std::uint64_t entered = 0;  // by an edge; a machine begins in its first state without one
    std::uint64_t time_us = 0;  // in stays that have ended, together
    std::uint64_t now = 0;      // machines that are there
};

// A machine that is there: its state, and since when.
struct MachinePosition {
    std::string entity{};
    std::uint16_t state = 0;
    Hlc since{};          // the last event of the machine, which led there
    Sequence sequence{};  // and its place

    friend bool operator==(const MachinePosition&, const MachinePosition&) = default;
};

struct MachineCoverage {
    std::uint64_t events = 0;
    std::vector<std::uint64_t> edges{};        // how often each edge of the table was taken
    std::vector<StateCoverage> states{};       // in the order of the table
    std::vector<MachinePosition> positions{};  // one for each entity, sorted

    // The numbers of the edges that nobody ever took.
    std::vector<std::uint16_t> never_taken() const;
    // A few lines for people.
    std::string to_string(const MachineTable& table) const;
};

// Reads the headers of all events of the machine in the region, in one pass. The region has to hold
// all of them for each entity that it holds any of: entities and scopes do, times and sequences do
// not. Needs memory for one position an entity.
[[nodiscard]] Result<MachineCoverage> machine_coverage(const StoreReads& reads,
                                                       const MachineTable& table,
                                                       const Region& region);

}  // namespace batpak
