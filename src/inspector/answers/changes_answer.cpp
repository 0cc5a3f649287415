// What is different between two moments. The later one has all that the earlier one had, so it is
// what was appended between them, told by entity. Read from the later moment back, so that where an
// answer may read no further, what is left out is what is oldest.
#include <algorithm>

#include "inspector/answers/answers.hpp"
#include "tool/questions/changes.hpp"
#include "tool/questions/moment.hpp"
#include "tool/text/json_line.hpp"

namespace batpak::inspector {
namespace {

using tool::Changes;
using tool::JsonLine;

struct Between {
    Sequence from{};
    Sequence to{};
};

// Either may be left out: the beginning, and now.
Result<Between> between_of(const StoreReads& store, const Parameters& parameters) {
    Between between{.from = Sequence(0), .to = store.visible_end()};
    if (const std::optional<std::string> from = parameters.text("from")) {
        BATPAK_TRY(const StoreView view, tool::view_at(store, "from", *from));
        between.from = view.visible_end();
    }
    if (const std::optional<std::string> to = parameters.text("to")) {
        BATPAK_TRY(const StoreView view, tool::view_at(store, "to", *to));
        between.to = view.visible_end();
    }
    if (between.to < between.from) std::swap(between.from, between.to);
    return between;
}

struct Gathered {
    Changes changes;
    std::uint64_t events = 0;
    std::uint64_t unreadable = 0;
    std::optional<Sequence> counted_from;  // nothing: all was read
};

Gathered gather(const StoreReads& store, const Between& between) {
    Gathered gathered;
    std::size_t read_bytes = 0;
    std::uint64_t looked = 0;
    EventRange range = store.query(
        Region::all(), {.direction = Direction::Backward, .from = between.from, .end = between.to});
    while (const Result<EventView>* const event = range.next()) {
        if (++looked > kCountedMax || read_bytes >= kReadBytesMax) {
            gathered.counted_from = Sequence(between.to.value - (looked - 1));
            break;
        }
        if (!*event) {
            ++gathered.unreadable;
            continue;
        }
        ++gathered.events;
        read_bytes += (*event)->payload.size();
        tool::add_to_changes(gathered.changes, **event);
    }
    return gathered;
}

}  // namespace

Result<std::string> answer_changes(const StoreReads& store, const Parameters& parameters) {
    BATPAK_CHECK(parameters.allow({"from", "to", "after", "limit"}, false));
    BATPAK_TRY(const std::uint64_t limit, parameters.number_up_to("limit", kListMax, 100));
    BATPAK_TRY(const Between between, between_of(store, parameters));
    const Gathered gathered = gather(store, between);
    const std::optional<std::string> after = parameters.text("after");
    auto at = after ? gathered.changes.upper_bound(*after) : gathered.changes.begin();
    std::string list;
    for (std::uint64_t i = 0; i < limit && at != gathered.changes.end(); ++i, ++at) {
        if (list.size() >= kAnswerBytesMax) break;
        JsonLine line(false);
        tool::add_change(line, at->first, at->second);
        list += (list.empty() ? "" : ",") + line.finish();
    }
    JsonLine line(false);
    line.number("from", between.from.value);
    line.number("to", between.to.value);
    line.number("events", gathered.events);
    line.number("entities", gathered.changes.size());
    line.number("unreadable", gathered.unreadable);
    line.raw("more_than", gathered.counted_from ? R"(["events","entities"])" : "[]");
    if (gathered.counted_from) line.number("counted_from", gathered.counted_from->value);
    line.raw("changes", "[" + list + "]");
    line.boolean("more", at != gathered.changes.end());
    return line.finish();
}

}  // namespace batpak::inspector
