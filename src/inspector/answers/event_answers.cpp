// Events, one or many. A row number is found by counting: the sequence of row n is where the region
// before it has n events. Counting asks the index, so that any of a million rows costs some twenty
// counts and no reading of what lies before it. Where the index alone cannot count, such as the
// names of thousands of entities that begin alike, only events tell what a region has: then rows
// are found by reading the part that was counted, and a search goes window by window.
#include <algorithm>

#include "batpak/base/assert.hpp"
#include "batpak/guard/evidence.hpp"
#include "inspector/answers/answers.hpp"
#include "inspector/answers/window.hpp"
#include "tool/events/event_members.hpp"
#include "tool/events/gates_json.hpp"
#include "tool/questions/find_event.hpp"
#include "tool/questions/moment.hpp"
#include "tool/text/json_line.hpp"

namespace batpak::inspector {
namespace {

using tool::JsonLine;
using tool::KindNames;

constexpr std::uint64_t kEffectsMax = 100;

class EventArray {
public:
    explicit EventArray(const KindNames& names) : names_(names) {}

    void add(const Result<EventView>& event) {
        if (!list_.empty()) list_ += ',';
        list_ += listed_event_json(event, names_);
        ++count_;
    }
    // Each event that is read, also for nothing.
    void note_read(const Result<EventView>& event) {
        if (event) read_bytes_ += event->payload.size();
    }
    bool is_full() const { return list_.size() >= kAnswerBytesMax || read_bytes_ >= kReadBytesMax; }
    std::uint64_t count() const { return count_; }
    std::string json() const { return "[" + list_ + "]"; }

private:
    const KindNames& names_;
    std::string list_;
    std::uint64_t count_ = 0;
    std::size_t read_bytes_ = 0;
};

// The lowest sequence before which the region has `row` events and at which there may be one more.
// Requires: the region has more than `row` events before `end`.
Result<Sequence> sequence_of_row(const StoreReads& store, const Region& region, std::uint64_t row,
                                 Sequence end) {
    std::uint64_t low = row;  // a row is never above its sequence
    std::uint64_t high = end.value;
    BATPAK_ASSERT(low < high);
    // [0, low) has at most `row` events, and [0, high) has more.
    while (high - low > 1) {
        const std::uint64_t middle = low + (high - low) / 2;
        BATPAK_TRY(const std::uint64_t before, store.count(region.before(Sequence(middle))));
        (before <= row ? low : high) = middle;
    }
    return Sequence(low);
}

// `count` events of a region from a row on. Requires: as sequence_of_row().
Result<EventRange> range_from_row(const StoreReads& store, const Region& region, std::uint64_t row,
                                  std::uint64_t count, Sequence end) {
    BATPAK_TRY(const CountedPart by_index, store.count_newest(region, 0));
    if (by_index.is_all()) {
        BATPAK_TRY(const Sequence from, sequence_of_row(store, region, row, end));
        return store.query(region.from(from), QueryOptions{.limit = count});
    }
    EventRange range = store.query(region, QueryOptions{.limit = row + count});
    for (std::uint64_t passed = 0; passed < row; ++passed) {
        if (range.next() == nullptr) break;
    }
    return range;
}

std::string reference_json(const EventView& event, const KindNames& names) {
    JsonLine line(false);
    line.number("sequence", event.sequence().value);
    line.text("kind", names.shown(event.kind()));
    line.text("entity", event.entity);
    line.number("version", event.version().value);
    return line.finish();
}

void add_reference(JsonLine& line, std::string_view key, const Result<HeldEvent>& event,
                   const KindNames& names) {
    if (event) {
        line.raw(key, reference_json(**event, names));
    } else if (event.error().error_class() != ErrorClass::NotFound) {
        line.raw(key, "{\"error\":" + tool::error_json(event.error(), false) + "}");
    }
}

Result<std::string> effects_json(const StoreReads& store, const EventId& id,
                                 const KindNames& names) {
    std::string list;
    EventRange range =
        store.query(Region::all().with_causation(id), QueryOptions{.limit = kEffectsMax});
    while (const Result<EventView>* const effect = range.next()) {
        if (!*effect) continue;  // it is an error of its own page
        list += (list.empty() ? "" : ",") + reference_json(**effect, names);
    }
    return "[" + list + "]";
}

}  // namespace

std::string event_with_payload_up_to(std::size_t bytes_max, const EventView& event,
                                     const KindNames& names) {
    if (event.payload.size() <= bytes_max) return tool::event_json(event, names, false);
    EventView without = event;
    without.payload = {};
    std::string json = tool::event_json(without, names, false);
    // The empty payload comes last, as bytes; in its place stands how long it is.
    const std::size_t at = json.rfind(",\"payload\":");
    BATPAK_ASSERT(at != std::string::npos);
    json.resize(at);
    return json + ",\"payload_bytes\":" + std::to_string(event.payload.size()) + "}";
}

std::string listed_event_json(const Result<EventView>& event, const KindNames& names) {
    if (event) return event_with_payload_up_to(kPayloadBytesInList, *event, names);
    JsonLine line(false);
    if (event.error().sequence()) line.number("sequence", event.error().sequence()->value);
    line.raw("error", tool::error_json(event.error(), false));
    return line.finish();
}

Result<std::string> answer_events(const StoreReads& store, const Parameters& parameters) {
    BATPAK_CHECK(parameters.allow({"limit", "dir"}, true));
    BATPAK_TRY(const std::uint64_t limit, parameters.number_up_to("limit", kListMax, 100));
    const std::string dir = parameters.text("dir").value_or("forward");
    if (dir != "forward" && dir != "backward") {
        return fail(ErrorCode::InvalidArgument, "\"dir\" is forward or backward");
    }
    BATPAK_TRY(const tool::Filter filter, parameters.filter());
    const KindNames names(store);
    BATPAK_TRY(const Region region, filter.to_region(tool::now_us(), names));
    BATPAK_TRY(const std::optional<tool::Where> where, filter.to_where());
    const bool is_forward = dir == "forward";
    BATPAK_TRY(const Window window, window_of(store, region, filter, is_forward));
    QueryOptions options{.direction = is_forward ? Direction::Forward : Direction::Backward,
                         .from = window.begin,
                         .end = window.end};
    if (!where) options.limit = limit;
    EventRange range = store.query(region, options);
    EventArray events(names);
    std::uint64_t scanned = 0;
    std::optional<Sequence> last;  // that was looked at
    bool ended = false;
    while (events.count() < limit && scanned < kScannedMax && !events.is_full()) {
        const Result<EventView>* const event = range.next();
        if (event == nullptr) {
            ended = true;
            break;
        }
        ++scanned;
        events.note_read(*event);
        if (*event) last = (*event)->sequence();
        if (!*event && (*event).error().sequence()) last = (*event).error().sequence();
        if (*event && where && !where->keeps(**event, names)) continue;
        events.add(*event);
    }
    JsonLine line(false);
    line.raw("events", events.json());
    line.number("scanned", scanned);
    // Where the next page goes on: `from` it forward, `before` it backward.
    std::optional<Sequence> next;
    if (!ended && last) next = is_forward ? last->next() : *last;
    if (ended && !window.is_whole) next = is_forward ? window.end : window.begin;
    if (next && (is_forward || *next > Sequence(0))) line.number("next", next->value);
    return line.finish();
}

Result<std::string> answer_rows(const StoreReads& store, const Parameters& parameters) {
    BATPAK_CHECK(parameters.allow({"start", "count"}, true));
    BATPAK_TRY(const std::uint64_t start, parameters.number_up_to("start", UINT64_MAX, 0));
    BATPAK_TRY(const std::uint64_t count, parameters.number_up_to("count", kListMax, 100));
    BATPAK_TRY(const tool::Filter filter, parameters.filter());
    if (filter.where) {
        return fail(ErrorCode::InvalidArgument,
                    "an expression has no rows that can be counted: ask /api/v1/events");
    }
    const KindNames names(store);
    const Sequence end = store.visible_end();
    BATPAK_TRY(Region region, filter.to_region(tool::now_us(), names));
    region = region.before(end);
    BATPAK_TRY(const CountedPart counted, store.count_newest(region, kCountedMax));
    if (!counted.is_all()) region = region.from(counted.begin);
    const std::uint64_t total = counted.events;
    EventArray events(names);
    if (start < total && count > 0) {
        BATPAK_TRY(EventRange range, range_from_row(store, region, start, count, end));
        while (!events.is_full()) {
            const Result<EventView>* const event = range.next();
            if (event == nullptr) break;
            events.note_read(*event);
            events.add(*event);
        }
    }
    const std::uint64_t asked = start < total ? std::min(count, total - start) : 0;
    JsonLine line(false);
    line.number("total", total);
    line.raw("more_than", counted.is_all() ? "[]" : "[\"total\"]");
    if (!counted.is_all()) line.number("counted_from", counted.begin.value);
    line.number("start", start);
    line.raw("events", events.json());
    line.boolean("is_cut", events.count() < asked);
    return line.finish();
}

Result<std::string> answer_event(const StoreReads& store, const std::string& name,
                                 const Parameters& parameters) {
    BATPAK_CHECK(parameters.allow({"check_hash"}, false));
    BATPAK_TRY(const bool checks, parameters.flag("check_hash"));
    BATPAK_TRY(
        const HeldEvent event,
        tool::find_event(store, "the event", name, checks ? ReadCheck::Hash : ReadCheck::Frame));
    const KindNames names(store);
    JsonLine line(false);
    line.raw("event", event_with_payload_up_to(kPayloadBytesInPage, *event, names));
    line.boolean("hash_checked", checks);
    const Result<std::optional<GateEvidence>> evidence = GateEvidence::of(*event);
    if (!evidence) line.raw("gates_error", tool::error_json(evidence.error(), false));
    if (evidence && *evidence) line.raw("gates", tool::gates_json(**evidence, false));
    return line.finish();
}

Result<std::string> answer_links(const StoreReads& store, const std::string& name,
                                 const Parameters& parameters) {
    BATPAK_CHECK(parameters.allow({}, false));
    BATPAK_TRY(const HeldEvent event, tool::find_event(store, "the event", name, ReadCheck::Frame));
    const KindNames names(store);
    JsonLine line(false);
    const Version version = event->version();
    if (version.value > 0) {
        add_reference(line, "previous", store.find({event->entity, Version(version.value - 1)}),
                      names);
    }
    add_reference(line, "next", store.find({event->entity, Version(version.value + 1)}), names);
    if (event->header.causation_id) {
        add_reference(line, "cause", store.find(*event->header.causation_id), names);
    }
    BATPAK_TRY(const std::string effects, effects_json(store, event->event_id(), names));
    line.raw("effects", effects);
    BATPAK_TRY(const std::uint64_t effect_count,
               store.count(Region::all().with_causation(event->event_id())));
    line.number("effects_count", effect_count);
    BATPAK_TRY(const std::uint64_t story,
               store.count(Region::all().with_correlation(event->header.correlation_id)));
    line.text("story", to_string(event->header.correlation_id));
    line.number("story_events", story);
    return line.finish();
}

}  // namespace batpak::inspector
