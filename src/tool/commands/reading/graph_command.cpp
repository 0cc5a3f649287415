// graph: which events caused which, as a graph for other programs to draw.
//
// Nodes are the events that the filters keep, edges go from a cause to its effect. A cause that is
// not among them, because the filters leave it out or the store does not have it, has no edge.
// Names are escaped twice: for a terminal, and for the language of the graph.
//
// All nodes are in memory, and edges are found only when there are no more: a caller may name a
// cause before that cause is stored, so an effect can come first in the log.
#include <map>

#include "tool/commands/commands.hpp"
#include "tool/questions/filtered_range.hpp"
#include "tool/questions/moment.hpp"
#include "tool/questions/query_advice.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/mermaid.hpp"
#include "tool/text/parse.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

constexpr std::size_t kLabelColumnsMax = 60;

struct GraphNode {
    Sequence sequence;
    EventKind kind;
    std::string entity;
    std::optional<EventId> cause;
};

struct Graph {
    std::vector<GraphNode> nodes;
    std::vector<std::pair<Sequence, Sequence>> edges;  // cause, effect
    bool is_whole = true;                              // nothing was left out by the limit
};

std::string replace_all(std::string_view text, char what, std::string_view with) {
    std::string out;
    for (const char c : text) out += c == what ? std::string(with) : std::string(1, c);
    return out;
}

std::string label_of(const GraphNode& node, const KindNames& names) {
    return fmt::format("{}  {}  {}", node.sequence.value,
                       shorten(names.shown(node.kind), kLabelColumnsMax),
                       escape(shorten(node.entity, kLabelColumnsMax)));
}

// Within the graph, so that it is where the graph is.
std::string remark(const Graph& graph) {
    return fmt::format("the first {} only: --limit, or filters, give another part",
                       count_of(graph.nodes.size(), "event"));
}

void print_dot(Console& console, const Graph& graph, const KindNames& names) {
    console.write("digraph batpak {\n    node [shape=box];\n");
    for (const GraphNode& node : graph.nodes) {
        const std::string label =
            replace_all(replace_all(label_of(node, names), '\\', "\\\\"), '"', "\\\"");
        console.print("    e{} [label=\"{}\"];\n", node.sequence.value, label);
    }
    for (const auto& [cause, effect] : graph.edges) {
        console.print("    e{} -> e{};\n", cause.value, effect.value);
    }
    if (!graph.is_whole) console.print("    // {}\n", remark(graph));
    console.write("}\n");
}

void print_mermaid(Console& console, const Graph& graph, const KindNames& names) {
    console.write("flowchart TD\n");
    for (const GraphNode& node : graph.nodes) {
        console.print("    e{}[\"{}\"]\n", node.sequence.value,
                      mermaid_label(label_of(node, names)));
    }
    for (const auto& [cause, effect] : graph.edges) {
        console.print("    e{} --> e{}\n", cause.value, effect.value);
    }
    if (!graph.is_whole) console.print("    %% {}\n", remark(graph));
}

void print_json(Console& console, const Graph& graph, const KindNames& names) {
    std::string nodes;
    for (const GraphNode& node : graph.nodes) {
        JsonLine line(console.ascii_json());
        line.number("sequence", node.sequence.value);
        line.text("kind", to_string(node.kind));
        const std::string_view name = names.name_of(node.kind);
        if (!name.empty()) line.text("kind_name", name);
        line.text("entity", node.entity);
        nodes += (nodes.empty() ? "" : ",") + line.finish();
    }
    std::string edges;
    for (const auto& [cause, effect] : graph.edges) {
        edges += (edges.empty() ? "" : ",") + fmt::format("[{},{}]", cause.value, effect.value);
    }
    JsonLine whole(console.ascii_json());
    whole.raw("nodes", "[" + nodes + "]");
    whole.raw("edges", "[" + edges + "]");
    if (!graph.is_whole) whole.boolean("whole", false);
    console.write(whole.finish() + "\n");
}

// In sequence order, as are the edges by their effects.
Result<Graph> gather_graph(const StoreReads& store, const Region& region,
                           const std::optional<Where>& where, const KindNames& names,
                           const GraphCommand& command, Console& console, ExitCode& code) {
    Graph graph;
    std::map<EventId, Sequence> places;
    FilteredRange range(store.query(region), where, names, UINT64_MAX);
    while (const Result<EventView>* const event = range.next()) {
        if (!*event) {
            code = console.report(event->error());
            continue;
        }
        if (graph.nodes.size() == command.limit) {
            // One event more than the limit was read: only now is it known that something is left
            // out.
            graph.is_whole = false;
            break;
        }
        const EventView& view = **event;
        places.emplace(view.event_id(), view.sequence());
        graph.nodes.push_back(
            {view.sequence(), view.kind(), std::string(view.entity), view.header.causation_id});
    }
    for (const GraphNode& node : graph.nodes) {
        if (!node.cause) continue;
        const auto cause = places.find(*node.cause);
        if (cause != places.end()) graph.edges.emplace_back(cause->second, node.sequence);
    }
    return graph;
}

}  // namespace

Result<ExitCode> run(const GraphCommand& command, Console& console) {
    BATPAK_TRY(const std::optional<Where> where, command.filter.to_where());
    BATPAK_TRY(const StoreAt store, StoreAt::open(command.directory, command.at));
    const KindNames names(*store);
    BATPAK_TRY(const Region region, command.filter.to_region(now_us(), names));
    ExitCode code = ExitCode::Ok;
    BATPAK_TRY(const Graph graph,
               gather_graph(*store, region, where, names, command, console, code));
    if (console.is_json()) {
        print_json(console, graph, names);
    } else if (command.language == "mermaid") {
        print_mermaid(console, graph, names);
    } else {
        print_dot(console, graph, names);
    }
    if (graph.nodes.empty()) explain_empty(*store, command.filter, names, console);
    return code;
}

}  // namespace batpak::tool
