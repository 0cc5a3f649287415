// The graph of a story. What is nearest to the event in question comes first, so that a graph that
// is cut still says why the event exists: its causes, what it caused, then the others of its story,
// those before and after it by turns.
//
// Each event has one cause, so that all questions for effects together read few more events than
// the graph has.
#include "batpak/base/assert.hpp"
#include "inspector/answers/answers.hpp"
#include "tool/questions/event_graph.hpp"
#include "tool/questions/find_event.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/text.hpp"

namespace batpak::inspector {
namespace {

using tool::EventGraph;
using tool::GraphNode;
using tool::JsonLine;

class Story {
public:
    // Borrows: the store.
    Story(const StoreReads& store, std::uint64_t limit) : store_(store), limit_(limit) {
        BATPAK_ASSERT(limit > 0);
    }

    void gather(const EventView& asked) {
        take(asked);
        take_causes(asked.header.causation_id);
        take_effects(asked.event_id());
        take_story(asked);
        graph_.sort_by_sequence();
    }

    const EventGraph& graph() const noexcept { return graph_; }
    std::uint64_t unreadable() const noexcept { return unreadable_; }

private:
    // False if there is no room for one more.
    bool take(const EventView& event) {
        if (graph_.has(event.event_id())) return true;
        if (graph_.nodes().size() >= limit_ || read_bytes_ >= kReadBytesMax) {
            graph_.leave_out_the_rest();
            return false;
        }
        read_bytes_ += event.payload.size();
        return graph_.add(event);
    }

    // A cause that is not in the store ends the way, as a circle does.
    void take_causes(std::optional<EventId> cause) {
        while (cause && !graph_.has(*cause)) {
            const Result<HeldEvent> event = store_.find(*cause);
            if (!event) {
                if (event.error().error_class() != ErrorClass::NotFound) ++unreadable_;
                return;
            }
            if (!take(**event)) return;
            cause = (*event)->header.causation_id;
        }
        return;
    }

    // Those of the event, then those of its effects, and so on.
    void take_effects(const EventId& first) {
        std::vector<EventId> causes{first};
        for (std::size_t i = 0; i < causes.size(); ++i) {
            const Region effects = Region::all().with_causation(causes[i]);
            EventRange range = store_.query(effects, QueryOptions{.limit = limit_ + 1});
            while (const Result<EventView>* const effect = range.next()) {
                if (!*effect) {
                    ++unreadable_;
                    continue;
                }
                if (graph_.has((*effect)->event_id())) continue;
                if (!take(**effect)) return;
                causes.push_back((*effect)->event_id());
            }
        }
        return;
    }

    void take_story(const EventView& asked) {
        const Region story = Region::all().with_correlation(asked.header.correlation_id);
        const Sequence at = asked.sequence();
        EventRange before = store_.query(story.before(at), {.direction = Direction::Backward});
        EventRange after = store_.query(story.from(at.next()));
        bool has_before = true;
        bool has_after = true;
        while (has_before || has_after) {
            has_before = has_before && take_next(before);
            has_after = has_after && take_next(after);
        }
    }

    bool take_next(EventRange& range) {
        const Result<EventView>* const event = range.next();
        if (event == nullptr) return false;
        if (*event) return take(**event);
        return ++unreadable_ < limit_;
    }

    const StoreReads& store_;
    std::uint64_t limit_;
    EventGraph graph_;
    std::uint64_t unreadable_ = 0;  // events whose place in the graph is therefore not known
    std::size_t read_bytes_ = 0;
};

std::string node_json(const EventGraph& graph, const GraphNode& node,
                      const tool::KindNames& names) {
    JsonLine line(false);
    tool::add_graph_node(line, node, names);
    line.number("version", node.version.value);
    line.text("time", tool::format_time(node.time_us));
    if (node.cause && !graph.has(*node.cause)) {
        line.text("cause_outside", batpak::to_string(*node.cause));
    }
    return line.finish();
}

}  // namespace

Result<std::string> answer_graph(const StoreReads& store, const std::string& name,
                                 const Parameters& parameters) {
    BATPAK_CHECK(parameters.allow({"limit"}, false));
    BATPAK_TRY(const std::uint64_t limit,
               parameters.number_up_to("limit", kGraphNodesMax, kGraphNodesMax));
    if (limit == 0) return fail(ErrorCode::InvalidArgument, "\"limit\" is at least 1");
    BATPAK_TRY(const HeldEvent asked, tool::find_event(store, "the event", name, ReadCheck::Frame));
    Story story(store, limit);
    story.gather(*asked);
    BATPAK_TRY(const std::uint64_t story_events,
               store.count(Region::all().with_correlation(asked->header.correlation_id)));
    const tool::KindNames names(store);
    std::string nodes;
    for (const GraphNode& node : story.graph().nodes()) {
        nodes += (nodes.empty() ? "" : ",") + node_json(story.graph(), node, names);
    }
    JsonLine line(false);
    line.number("asked", asked->sequence().value);
    line.text("story", batpak::to_string(asked->header.correlation_id));
    line.number("story_events", story_events);
    line.raw("nodes", "[" + nodes + "]");
    line.raw("edges", story.graph().edges_json());
    line.boolean("whole", story.graph().is_whole());
    line.number("unreadable", story.unreadable());
    return line.finish();
}

}  // namespace batpak::inspector
