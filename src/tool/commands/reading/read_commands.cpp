// get, query, tail and ancestors: events as they are stored.
//
// All open the store for reading alone, beside any writer. An event that cannot be read is reported
// in its place, and the rest follows; the exit code remembers it. Where nothing is found, what may
// be wrong with the filter is said.
#include <algorithm>

#include "tool/commands/commands.hpp"
#include "tool/console/interrupt.hpp"
#include "tool/console/progress.hpp"
#include "tool/events/event_output.hpp"
#include "tool/questions/filtered_range.hpp"
#include "tool/questions/find_event.hpp"
#include "tool/questions/moment.hpp"
#include "tool/questions/query_advice.hpp"
#include "tool/text/parse.hpp"

namespace batpak::tool {
namespace {

// How often tail --follow looks for new events.
constexpr int kFollowMs = 100;

struct Printed {
    ExitCode code = ExitCode::Ok;  // says whether there was a damaged event
    bool any = false;
};

// How far a range that goes into a file or a pipe is, by the places of its events in the log.
class RangeProgress {
public:
    RangeProgress(Console& console, Sequence end, Direction direction)
        : progress_(console),
          end_(end),
          direction_(direction),
          is_shown_(!console.results_on_terminal()) {}

    void show(Sequence at) {
        ++events_;
        if (!is_shown_) return;
        const std::uint64_t below = std::min(at.value, end_.value);
        const std::uint64_t done = direction_ == Direction::Forward ? below : end_.value - below;
        progress_.show({events_, done, end_.value});
    }
    void clear() { progress_.clear(); }

private:
    Progress progress_;
    const Sequence end_;
    const Direction direction_;
    const bool is_shown_;
    std::uint64_t events_ = 0;
};

// Prints the range until its end, or until nobody reads. A damaged event is reported in its place.
Printed print_range(Console& console, EventList& list, FilteredRange range,
                    RangeProgress& progress) {
    ExitCode code = ExitCode::Ok;
    bool any = false;
    while (const Result<EventView>* const event = range.next()) {
        any = true;
        if (*event) {
            list.add(**event);
            progress.show((*event)->sequence());
        } else {
            progress.clear();
            list.flush();
            code = console.report(event->error());
        }
        if (console.gone()) break;
    }
    progress.clear();
    return {code, any};
}

void print_count(Console& console, std::uint64_t count) {
    if (console.is_json()) {
        console.print("{{\"count\":{}}}\n", count);
    } else {
        console.print("{}\n", count);
    }
}

// Counts by reading each event, to check its hash or to ask an expression.
Result<ExitCode> count_read(FilteredRange range, Console& console) {
    std::uint64_t count = 0;
    Progress progress(console);
    while (const Result<EventView>* const event = range.next()) {
        if (!*event) return fail(event->error());
        progress.show({++count, 0, std::nullopt});
    }
    progress.clear();
    print_count(console, count);
    return ExitCode::Ok;
}

// The last n events of a region, oldest first. Backwards to find where they begin, then forwards
// from there: the last n are shown oldest first, and none is held in memory.
FilteredRange last_of(const StoreReads& store, const Region& region,
                      const std::optional<Where>& where, const KindNames& names, std::uint64_t n) {
    Sequence first = store.visible_end();
    FilteredRange range(store.query(region, {.direction = Direction::Backward}), where, names, n);
    while (const Result<EventView>* const event = range.next()) {
        if (*event) first = (*event)->sequence();
    }
    return {store.query(region.from(first)), where, names, UINT64_MAX};
}

// Prints what is appended until somebody says stop. By looking, because a reader beside a writer is
// told of nothing. A correction by the writer is shown as what it is: lines that were printed
// cannot be taken back.
Result<ExitCode> follow(ReadOnlyStore& store, const Region& region,
                        const std::optional<Where>& where, KindNames& names, EventList& list,
                        Console& console) {
    ExitCode code = ExitCode::Ok;
    Sequence shown = store.visible_end();
    while (!interrupted() && !console.gone()) {
        BATPAK_TRY(const Sequence end, store.refresh());
        if (const auto from = store.corrected_from(); from && *from < shown) {
            // What comes now has the numbers of what was shown, and is what is stored.
            console.report(
                Error(ErrorCode::RolledBack,
                      "the writer took back what was shown from here on, which was never "
                      "acknowledged: what is stored there follows")
                    .at_sequence(*from));
            shown = *from;
        }
        if (shown < end) {
            RangeProgress none(console, end, Direction::Forward);
            names.forget();
            FilteredRange news(store.query(region.with_sequences(shown, end)), where, names,
                               UINT64_MAX);
            const ExitCode printed = print_range(console, list, std::move(news), none).code;
            if (printed != ExitCode::Ok) code = printed;
            list.flush();
            shown = end;
        } else {
            pause_ms(kFollowMs);
        }
    }
    return code;
}

std::string_view to_string(WalkEnd end) {
    switch (end) {
        case WalkEnd::Origin: return "origin";
        case WalkEnd::Limit: return "limit";
        case WalkEnd::Missing: return "missing";
    }
    return "";
}

}  // namespace

Result<ExitCode> run(const GetCommand& command, Console& console) {
    BATPAK_TRY(EventList list, EventList::create(console, command.output));
    BATPAK_TRY(const StoreAt store, StoreAt::open(command.directory, command.at));
    const KindNames names(*store);
    list.show_names(names);
    const ReadCheck check = command.check_hash ? ReadCheck::Hash : ReadCheck::Frame;
    BATPAK_TRY(const HeldEvent event, find_event(*store, "EVENT", command.event, check));
    const bool is_asked = command.output.format || command.output.fields;
    if (!is_asked && !console.is_json()) {
        print_event_whole(console, *event, names);
        return ExitCode::Ok;
    }
    list.add(*event);
    list.finish();
    return ExitCode::Ok;
}

Result<ExitCode> run(const QueryCommand& command, Console& console) {
    BATPAK_TRY(const std::optional<Where> where, command.filter.to_where());
    BATPAK_TRY(EventList list, EventList::create(console, command.output));
    BATPAK_TRY(const StoreAt store, StoreAt::open(command.directory, command.at));
    const KindNames names(*store);
    list.show_names(names);
    BATPAK_TRY(const Region region, command.filter.to_region(now_us(), names));
    QueryOptions options;
    options.direction = command.reverse ? Direction::Backward : Direction::Forward;
    options.check = command.check_hash ? ReadCheck::Hash : ReadCheck::Frame;
    const std::uint64_t limit = command.limit.value_or(UINT64_MAX);
    // The range itself ends there if each of its events counts.
    if (!where) options.limit = limit;
    const auto ask = [&] {
        return FilteredRange(store->query(region, options), where, names, limit);
    };
    if (!command.count) {
        RangeProgress progress(console, store->visible_end(), options.direction);
        const Printed printed = print_range(console, list, ask(), progress);
        list.finish();
        if (!printed.any && limit > 0) explain_empty(*store, command.filter, names, console);
        return printed.code;
    }
    // The store counts by its index, which knows neither hashes nor expressions.
    if (command.check_hash || where) return count_read(ask(), console);
    BATPAK_TRY(const std::uint64_t count, store->count(region));
    print_count(console, std::min(count, limit));
    if (count == 0) explain_empty(*store, command.filter, names, console);
    return ExitCode::Ok;
}

Result<ExitCode> run(const TailCommand& command, Console& console) {
    if (command.follow && command.at) {
        return fail(ErrorCode::InvalidArgument,
                    "--follow waits for new events, and --at is a moment that has none");
    }
    BATPAK_TRY(const std::optional<Where> where, command.filter.to_where());
    BATPAK_TRY(EventList list, EventList::create(console, command.output));
    BATPAK_TRY(StoreAt store, StoreAt::open(command.directory, command.at));
    KindNames names(*store);
    list.show_names(names);
    BATPAK_TRY(const Region region, command.filter.to_region(now_us(), names));
    if (command.follow) catch_interrupts();
    RangeProgress progress(console, store->visible_end(), Direction::Forward);
    const Printed last =
        print_range(console, list, last_of(*store, region, where, names, command.last), progress);
    ExitCode code = last.code;
    if (!last.any && command.last > 0) explain_empty(*store, command.filter, names, console);
    if (command.follow) {
        list.flush();
        BATPAK_TRY(const ExitCode followed,
                   follow(store.store(), region, where, names, list, console));
        if (code == ExitCode::Ok) code = followed;
    }
    list.finish();
    return code;
}

Result<ExitCode> run(const AncestorsCommand& command, Console& console) {
    BATPAK_TRY(EventList list, EventList::create(console, command.output));
    BATPAK_TRY(const StoreAt store, StoreAt::open(command.directory, command.at));
    const KindNames names(*store);
    list.show_names(names);
    BATPAK_TRY(const HeldEvent first, find_event(*store, "EVENT", command.event, ReadCheck::Frame));
    const Ancestry along = command.cause ? Ancestry::Cause : Ancestry::Stream;
    BATPAK_TRY(const Ancestors ancestors,
               store->walk_ancestors(first->event_id(), along, command.limit));
    for (const StoredEvent<Bytes>& ancestor : ancestors.events) {
        BATPAK_TRY(const HeldEvent event, store->find(ancestor.sequence()));
        list.add(*event);
    }
    const std::string_view end = to_string(ancestors.end);
    if (list.is_json()) list.add_object(fmt::format("{{\"end\":\"{}\"}}", end));
    list.finish();
    if (ancestors.end != WalkEnd::Origin) {
        console.note(
            fmt::format("the walk ended at {}", ancestors.end == WalkEnd::Limit
                                                    ? "its limit"
                                                    : "an event whose cause is not in this store"));
    }
    return ExitCode::Ok;
}

}  // namespace batpak::tool
