// MachineTable: a state machine as data. What StateMachine::table() gives, for all uses that need
// not know its types: questions at run time, diagrams, coverage.
//
//     Door::table().edge(0, DoorClosed::kind)     the edge that leaves state 0 by this event
//     Door::to_mermaid(), Door::to_dot()          the same text for the same table, always
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "batpak/coordinate/event_kind.hpp"

namespace batpak {

struct MachineEvent {
    std::string_view name{};
    EventKind kind;
    std::uint16_t payload_version = 1;
};

// One row: `event` leads from `from` to `to`. The numbers are places in the table's lists.
struct MachineEdge {
    std::uint16_t from = 0;
    std::uint16_t event = 0;
    std::uint16_t to = 0;
    bool guarded = false;  // a function is asked before the event is appended
};

// Borrows: everything, from constants that live as long as the program.
struct MachineTable {
    static constexpr std::uint16_t kNoEdge = std::numeric_limits<std::uint16_t>::max();

    std::string_view name{};
    std::span<const std::string_view> states{};  // the first is the one in which a machine begins
    std::span<const MachineEvent> events{};
    std::span<const MachineEdge> edges{};    // in the order of the rows
    std::span<const std::uint16_t> steps{};  // [state * events.size() + event]: an edge, or kNoEdge

    // Absent: the machine knows no event of this kind.
    std::optional<std::uint16_t> event(EventKind kind) const noexcept;
    // The edge that leaves `state` by an event of this kind; absent: that is illegal there.
    // Requires: state < states.size().
    std::optional<std::uint16_t> edge(std::uint16_t state, EventKind kind) const noexcept;

    // A diagram in the language of Mermaid, stateDiagram-v2. A state that nothing leaves is final.
    std::string to_mermaid() const;
    // The same in the language of Graphviz.
    std::string to_dot() const;
};

}  // namespace batpak
