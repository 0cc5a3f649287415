// The table is data: the same rows give the check of the compiler, the step that an event takes,
// and the pictures below. steps[state * events + event] is the number of an edge, so a step is one
// look.
#include "batpak/machine/detail/machine_table.hpp"

#include <algorithm>

#include "batpak/base/assert.hpp"

namespace batpak {
namespace {

std::string label_of(const MachineTable& table, const MachineEdge& edge) {
    std::string label(table.events[edge.event].name);
    if (edge.guarded) label += " [guarded]";
    return label;
}

bool is_final(const MachineTable& table, std::size_t state) {
    return std::ranges::none_of(table.edges,
                                [&](const MachineEdge& edge) { return edge.from == state; });
}

std::string in_quotes(std::string_view name) { return '"' + std::string(name) + '"'; }

}  // namespace

// A search in the list: machines have few events, and each must be compared once.
std::optional<std::uint16_t> MachineTable::event(EventKind kind) const noexcept {
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (events[i].kind == kind) return static_cast<std::uint16_t>(i);
    }
    return std::nullopt;
}

std::optional<std::uint16_t> MachineTable::edge(std::uint16_t state,
                                                EventKind kind) const noexcept {
    BATPAK_ASSERT(state < states.size());
    const std::optional<std::uint16_t> number = event(kind);
    if (!number) return std::nullopt;
    const std::uint16_t found = steps[state * events.size() + *number];
    if (found == kNoEdge) return std::nullopt;
    return found;
}

// Both pictures have the rows in the order of the table, so that a change of it is a small diff.
std::string MachineTable::to_mermaid() const {
    std::string text = "stateDiagram-v2\n    [*] --> " + std::string(states[0]) + '\n';
    for (const MachineEdge& edge : edges) {
        text += "    " + std::string(states[edge.from]) + " --> " + std::string(states[edge.to]) +
                " : " + label_of(*this, edge) + '\n';
    }
    for (std::size_t state = 0; state < states.size(); ++state) {
        if (is_final(*this, state)) text += "    " + std::string(states[state]) + " --> [*]\n";
    }
    return text;
}

std::string MachineTable::to_dot() const {
    std::string text = "digraph " + in_quotes(name) + " {\n    \"\" [shape=point];\n";
    for (std::size_t state = 0; state < states.size(); ++state) {
        text += "    " + in_quotes(states[state]) +
                (is_final(*this, state) ? " [shape=doublecircle];\n" : " [shape=circle];\n");
    }
    text += "    \"\" -> " + in_quotes(states[0]) + ";\n";
    for (const MachineEdge& edge : edges) {
        text += "    " + in_quotes(states[edge.from]) + " -> " + in_quotes(states[edge.to]) +
                " [label=" + in_quotes(label_of(*this, edge)) + "];\n";
    }
    return text + "}\n";
}

}  // namespace batpak
