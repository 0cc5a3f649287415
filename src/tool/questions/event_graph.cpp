#include "tool/questions/event_graph.hpp"

#include <algorithm>

namespace batpak::tool {

bool EventGraph::add(const EventView& event) {
    if (!places_.emplace(event.event_id(), event.sequence()).second) return false;
    nodes_.push_back({.sequence = event.sequence(),
                      .kind = event.kind(),
                      .entity = std::string(event.entity),
                      .version = event.version(),
                      .time_us = event.position.hlc.us,
                      .cause = event.header.causation_id});
    return true;
}

void EventGraph::sort_by_sequence() { std::ranges::sort(nodes_, {}, &GraphNode::sequence); }

std::vector<std::pair<Sequence, Sequence>> EventGraph::edges() const {
    std::vector<std::pair<Sequence, Sequence>> edges;
    for (const GraphNode& node : nodes_) {
        if (!node.cause) continue;
        const auto cause = places_.find(*node.cause);
        if (cause != places_.end()) edges.emplace_back(cause->second, node.sequence);
    }
    return edges;
}

std::string EventGraph::edges_json() const {
    std::string list;
    for (const auto& [cause, effect] : edges()) {
        list += list.empty() ? "[" : ",[";
        list += std::to_string(cause.value) + "," + std::to_string(effect.value) + "]";
    }
    return "[" + list + "]";
}

void add_graph_node(JsonLine& line, const GraphNode& node, const KindNames& names) {
    line.number("sequence", node.sequence.value);
    line.text("kind", to_string(node.kind));
    const std::string_view name = names.name_of(node.kind);
    if (!name.empty()) line.text("kind_name", name);
    line.text("entity", node.entity);
}

}  // namespace batpak::tool
