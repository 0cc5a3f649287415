// EventGraph: some events of a store, and which of them caused which.
//
// An event has at most one cause, so that the edges make trees, or circles where a cause was named
// before it was stored. A cause that is not among the events has no edge.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "batpak/event/event.hpp"
#include "tool/events/kind_names.hpp"
#include "tool/text/json_line.hpp"

namespace batpak::tool {

struct GraphNode {
    Sequence sequence;
    EventKind kind;
    std::string entity;
    Version version;
    std::int64_t time_us = 0;
    std::optional<EventId> cause;
};

class EventGraph {
public:
    // False if it is there already.
    bool add(const EventView& event);
    bool has(const EventId& id) const { return places_.contains(id); }
    // From now on the graph says that there would be more.
    void leave_out_the_rest() noexcept { is_whole_ = false; }
    void sort_by_sequence();

    const std::vector<GraphNode>& nodes() const noexcept { return nodes_; }
    bool is_whole() const noexcept { return is_whole_; }
    // Cause and effect, in the order of the effects.
    std::vector<std::pair<Sequence, Sequence>> edges() const;
    // "[[cause,effect],...]".
    std::string edges_json() const;

private:
    std::vector<GraphNode> nodes_;
    std::map<EventId, Sequence> places_;
    bool is_whole_ = true;
};

// Sequence, kind and entity.
void add_graph_node(JsonLine& line, const GraphNode& node, const KindNames& names);

}  // namespace batpak::tool
