// graph: which events caused which, as a graph for other programs to draw.
//
// Nodes are the events that the filters keep, edges go from a cause to its effect. A cause that is
// not among them, because the filters leave it out or the store does not have it, has no edge.
// Names are escaped twice: for a terminal, and for the language of the graph.
#include "tool/commands/commands.hpp"
#include "tool/questions/event_graph.hpp"
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
std::string remark(const EventGraph& graph) {
    return fmt::format("the first {} only: --limit, or filters, give another part",
                       count_of(graph.nodes().size(), "event"));
}

void print_dot(Console& console, const EventGraph& graph, const KindNames& names) {
    console.write("digraph batpak {\n    node [shape=box];\n");
    for (const GraphNode& node : graph.nodes()) {
        const std::string label =
            replace_all(replace_all(label_of(node, names), '\\', "\\\\"), '"', "\\\"");
        console.print("    e{} [label=\"{}\"];\n", node.sequence.value, label);
    }
    for (const auto& [cause, effect] : graph.edges()) {
        console.print("    e{} -> e{};\n", cause.value, effect.value);
    }
    if (!graph.is_whole()) console.print("    // {}\n", remark(graph));
    console.write("}\n");
}

void print_mermaid(Console& console, const EventGraph& graph, const KindNames& names) {
    console.write("flowchart TD\n");
    for (const GraphNode& node : graph.nodes()) {
        console.print("    e{}[\"{}\"]\n", node.sequence.value,
                      mermaid_label(label_of(node, names)));
    }
    for (const auto& [cause, effect] : graph.edges()) {
        console.print("    e{} --> e{}\n", cause.value, effect.value);
    }
    if (!graph.is_whole()) console.print("    %% {}\n", remark(graph));
}

void print_json(Console& console, const EventGraph& graph, const KindNames& names) {
    std::string nodes;
    for (const GraphNode& node : graph.nodes()) {
        JsonLine line(console.ascii_json());
        add_graph_node(line, node, names);
        nodes += (nodes.empty() ? "" : ",") + line.finish();
    }
    JsonLine whole(console.ascii_json());
    whole.raw("nodes", "[" + nodes + "]");
    whole.raw("edges", graph.edges_json());
    if (!graph.is_whole()) whole.boolean("whole", false);
    console.write(whole.finish() + "\n");
}

// In sequence order, as are the edges by their effects.
Result<EventGraph> gather_graph(const StoreReads& store, const Region& region,
                                const std::optional<Where>& where, const KindNames& names,
                                const GraphCommand& command, Console& console, ExitCode& code) {
    EventGraph graph;
    FilteredRange range(store.query(region), where, names, UINT64_MAX);
    while (const Result<EventView>* const event = range.next()) {
        if (!*event) {
            code = console.report(event->error());
            continue;
        }
        if (graph.nodes().size() == command.limit) {
            graph.leave_out_the_rest();
            break;
        }
        graph.add(**event);
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
    BATPAK_TRY(const EventGraph graph,
               gather_graph(*store, region, where, names, command, console, code));
    if (console.is_json()) {
        print_json(console, graph, names);
    } else if (command.language == "mermaid") {
        print_mermaid(console, graph, names);
    } else {
        print_dot(console, graph, names);
    }
    if (graph.nodes().empty()) explain_empty(*store, command.filter, names, console);
    return code;
}

}  // namespace batpak::tool
