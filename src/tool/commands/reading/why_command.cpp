// why: what an event came from, and what the gates said of it, as a tree.
//
//     0  order:1 v0  0x1001  2026-11-30 05:43:00Z  {"cents":4200}
//     └─ 2  order:1 v1  0x1002  2026-11-30 05:43:01Z  {"carrier":"post"}
//           gates  stock v1, limit v2, which knew events up to 1
//
// An event has at most one cause, so the way to the origin is a line; with --effects the tree goes
// on below the event, to all that it caused. On a terminal lines are cut to its width.
#include <algorithm>
#include <set>

#include "batpak/guard/evidence.hpp"
#include "tool/commands/commands.hpp"
#include "tool/events/event_members.hpp"
#include "tool/events/event_output.hpp"
#include "tool/events/gates_json.hpp"
#include "tool/questions/find_event.hpp"
#include "tool/questions/moment.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

std::string gates_text(const GateEvidence& evidence) {
    if (evidence.bypass) {
        return "bypassed  " + escape(evidence.bypass->name()) + ": " +
               escape(evidence.bypass->justification());
    }
    std::string text;
    for (const GateName& gate : evidence.passed) {
        text += (text.empty() ? "gates  " : ", ") + escape(to_string(gate));
    }
    if (text.empty()) text = "gates  an empty set";
    if (!evidence.judged_end) return text;
    return text + "; they knew the first " + count_of(evidence.judged_end->value, "event");
}

// Prints nodes, the parent before its children.
class Tree {
public:
    Tree(Console& console, const StoreReads& store, EventId asked)
        : console_(console), names_(store), asked_(asked) {}

    void add(const EventView& event, const std::string& indent, const std::string& below,
             std::uint64_t depth) {
        const auto evidence = GateEvidence::of(event);
        if (console_.is_json()) {
            JsonLine line(console_.ascii_json());
            line.number("depth", depth);
            add_event(line, event, names_);
            if (evidence && *evidence) {
                line.raw("gates", gates_json(**evidence, console_.ascii_json()));
            }
            console_.write(line.finish() + "\n");
            return;
        }
        const bool is_asked = event.event_id() == asked_;
        line(indent, text_of(event), is_asked ? Colour::Bold : Colour::Plain);
        if (evidence && *evidence) line(below, gates_text(**evidence), Colour::Dim);
        if (!evidence) line(below, "gates  what is stored of them cannot be read", Colour::Red);
    }

    // A line that stands for no event.
    void line(const std::string& indent, const std::string& text, Colour colour) {
        const auto room = console_.result_columns();
        const std::size_t used = columns(indent);
        const std::string shown = room ? shorten(text, *room > used ? *room - used : 1) : text;
        console_.print("{}{}\n", indent, console_.paint(colour, shown));
    }

private:
    std::string text_of(const EventView& event) const {
        return fmt::format("{}  {} v{}  {}  {}  {}", event.sequence().value, escape(event.entity),
                           event.version().value, names_.shown(event.kind()),
                           format_second(event.position.hlc.us), payload_for_people(event));
    }

    Console& console_;
    const KindNames names_;
    EventId asked_;
};

class Why {
public:
    Why(const StoreReads& store, const WhyCommand& command, Console& console, EventId asked)
        : store_(store),
          console_(console),
          tree_(console, store, asked),
          asked_(asked),
          left_(command.limit),
          has_effects_(command.effects) {}

    Result<ExitCode> run() {
        BATPAK_TRY(
            const Ancestors causes,
            store_.walk_ancestors(asked_, Ancestry::Cause, std::max<std::uint64_t>(left_, 1)));
        // The nearest comes first; the tree is printed from the origin down. One line more, at the
        // top, says that the walk did not come to the origin.
        const std::size_t count = causes.events.size();
        const bool is_open = causes.end != WalkEnd::Origin;
        if (is_open && !console_.is_json()) {
            tree_.line("",
                       causes.end == WalkEnd::Missing ? "an event that is not in this store"
                                                      : "earlier events, which --limit leaves out",
                       Colour::Dim);
        }
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t depth = i + (is_open ? 1 : 0);
            // Read again as a view: the members and the evidence of the gates are made of one.
            BATPAK_TRY(const HeldEvent event, store_.find(causes.events[count - 1 - i].sequence()));
            const bool has_more = has_effects_ && i + 1 == count;
            tree_.add(*event, branch(depth, true), below(depth, has_more), depth);
            left_ -= std::min<std::uint64_t>(left_, 1);
            seen_.insert(event->event_id());
        }
        ExitCode code = ExitCode::Ok;
        const std::size_t depth = count + (is_open ? 1 : 0);
        if (has_effects_) {
            BATPAK_TRY(code, add_effects(asked_, std::string(3 * (depth - 1), ' '), depth));
        }
        if (is_cut_) {
            console_.note(fmt::format("--limit leaves out what comes after these {}",
                                      count_of(seen_.size(), "event")));
        }
        if (console_.is_json()) console_.print("{{\"end\":\"{}\"}}\n", end_name(causes.end));
        return code;
    }

private:
    static std::string branch(std::size_t depth, bool is_last) {
        if (depth == 0) return "";
        return std::string(3 * (depth - 1), ' ') + (is_last ? "└─ " : "├─ ");
    }
    static std::string below(std::size_t depth, bool has_more) {
        return std::string(3 * depth, ' ') + (has_more ? "│  " : "   ");
    }
    static std::string_view end_name(WalkEnd end) {
        if (end == WalkEnd::Origin) return "origin";
        return end == WalkEnd::Limit ? "limit" : "missing";
    }

    // Those that an event caused, each with what it caused in turn. An event that was shown is not
    // shown again: a cause may be named before it is stored, and so in a circle.
    Result<ExitCode> add_effects(const EventId& cause, const std::string& indent,
                                 std::uint64_t depth) {
        BATPAK_TRY(const std::vector<Sequence> effects, effects_of(cause));
        ExitCode code = ExitCode::Ok;
        for (std::size_t i = 0; i < effects.size(); ++i) {
            if (left_ == 0) is_cut_ = true;
            if (left_ == 0 || console_.gone()) return code;
            const bool is_last = i + 1 == effects.size();
            const std::string inner = indent + (is_last ? "   " : "│  ");
            const Result<HeldEvent> event = store_.find(effects[i]);
            if (!event) {
                code = console_.report(event.error());
                continue;
            }
            if (!seen_.insert((*event)->event_id()).second) continue;
            --left_;
            tree_.add(**event, indent + (is_last ? "└─ " : "├─ "), inner + "   ", depth);
            if (depth >= kDepthMax) {
                is_cut_ = true;
                continue;
            }
            BATPAK_TRY(const ExitCode below, add_effects((*event)->event_id(), inner, depth + 1));
            if (below != ExitCode::Ok) code = below;
        }
        return code;
    }

    // One more than may be shown, so that it is known that something was left out.
    Result<std::vector<Sequence>> effects_of(const EventId& cause) {
        std::vector<Sequence> effects;
        const QueryOptions options{.limit = left_ + 1};
        EventRange range = store_.query(Region::all().with_causation(cause), options);
        while (const Result<EventView>* const event = range.next()) {
            if (!*event) return fail(event->error());
            effects.push_back((*event)->sequence());
        }
        return effects;
    }

    // Each is a call within a call, and three columns.
    static constexpr std::uint64_t kDepthMax = 1000;

    const StoreReads& store_;
    Console& console_;
    Tree tree_;
    EventId asked_;
    std::uint64_t left_;
    bool has_effects_;
    bool is_cut_ = false;
    std::set<EventId> seen_;
};

}  // namespace

Result<ExitCode> run(const WhyCommand& command, Console& console) {
    BATPAK_TRY(const StoreAt store, StoreAt::open(command.directory, command.at));
    BATPAK_TRY(const HeldEvent event, find_event(*store, "EVENT", command.event, ReadCheck::Frame));
    return Why(*store, command, console, event->event_id()).run();
}

}  // namespace batpak::tool
