// One pass over the events of all machines of a kind. Of each stream only where it is and since
// when is kept: how long it was in a state is known when it leaves it, or never, if it is there
// now.
//
// An event that is illegal where it stands ends the count (INV M2): numbers that leave events out
// would look like coverage.
#include "batpak/machine/coverage.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "batpak/base/detail/text_hash.hpp"
#include "batpak/machine/detail/replay.hpp"

namespace batpak {
namespace {

struct Stay {
    std::uint16_t state = 0;
    Hlc since;
    Sequence sequence;
};
using Stays = std::unordered_map<std::string, Stay, TextHash, std::equal_to<>>;

// The microseconds between two times. Unsigned, so that no forged time overflows.
std::uint64_t time_between(const Hlc& begin, const Hlc& end) {
    return static_cast<std::uint64_t>(end.us) - static_cast<std::uint64_t>(begin.us);
}

// A stream that is met for the first time is in the first state, where every machine begins.
Result<void> count(const MachineTable& table, const EventView& event, Stays& stays,
                   MachineCoverage& coverage) {
    const auto known = stays.find(event.entity);
    const bool begins = known == stays.end();
    const std::uint16_t state = begins ? std::uint16_t{0} : known->second.state;
    const std::optional<std::uint16_t> edge = table.edge(state, event.kind());
    if (!edge) return fail(detail::illegal_event(table, state, event));
    Stay& stay = begins ? stays[std::string(event.entity)] : known->second;
    if (!begins) coverage.states[state].time_us += time_between(stay.since, event.position.hlc);
    stay = {table.edges[*edge].to, event.position.hlc, event.sequence()};
    ++coverage.events;
    ++coverage.edges[*edge];
    ++coverage.states[stay.state].entered;
    return {};
}

std::string count_of(std::uint64_t number, std::string_view noun) {
    return std::to_string(number) + ' ' + std::string(noun) + (number == 1 ? "" : "s");
}

}  // namespace

std::vector<std::uint16_t> MachineCoverage::never_taken() const {
    std::vector<std::uint16_t> numbers;
    for (std::size_t i = 0; i < edges.size(); ++i) {
        if (edges[i] == 0) numbers.push_back(static_cast<std::uint16_t>(i));
    }
    return numbers;
}

std::string MachineCoverage::to_string(const MachineTable& table) const {
    std::string text = std::string(table.name) + ": " + count_of(events, "event") + " of " +
                       count_of(positions.size(), "machine") + ", " +
                       std::to_string(edges.size() - never_taken().size()) + " of " +
                       count_of(edges.size(), "edge") + " taken\n";
    for (std::size_t i = 0; i < edges.size(); ++i) {
        const MachineEdge& edge = table.edges[i];
        text += "  " + std::string(table.states[edge.from]) + " -> " +
                std::string(table.states[edge.to]) + " by " +
                std::string(table.events[edge.event].name) + ": " +
                (edges[i] == 0 ? "never" : std::to_string(edges[i])) + '\n';
    }
    for (std::size_t i = 0; i < states.size(); ++i) {
        text += "  in " + std::string(table.states[i]) + ": " + std::to_string(states[i].now) +
                " now, entered " + count_of(states[i].entered, "time") + ", " +
                std::to_string(states[i].time_us) + " us\n";
    }
    return text;
}

Result<MachineCoverage> machine_coverage(const StoreReads& reads, const MachineTable& table,
                                         const Region& region) {
    MachineCoverage coverage;
    coverage.edges.resize(table.edges.size());
    coverage.states.resize(table.states.size());
    Stays stays;
    EventRange events = reads.query(region.with_kinds(detail::kinds_of(table)));
    while (const Result<EventView>* element = events.next()) {
        if (!*element) return fail(element->error());
        BATPAK_CHECK(count(table, **element, stays, coverage));
    }
    for (auto& [entity, stay] : stays) {
        ++coverage.states[stay.state].now;
        coverage.positions.push_back({entity, stay.state, stay.since, stay.sequence});
    }
    // A hash table has no order that two runs agree on, and its seed is another in each process.
    std::ranges::sort(coverage.positions, {}, &MachinePosition::entity);
    return coverage;
}

}  // namespace batpak
