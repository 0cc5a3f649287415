// get, query, tail, lists and ancestors: events as they are stored.
//
// All open the store for reading alone, beside any writer. An event that cannot be read is reported
// in its place, and the rest follows; the exit code remembers it. Where nothing is found, what may
// be wrong with the filter is said.
#include <algorithm>

#include "batpak/store/read_only_store.hpp"
#include "tool/commands/commands.hpp"
#include "tool/console/interrupt.hpp"
#include "tool/console/table.hpp"
#include "tool/inspect/event_output.hpp"
#include "tool/inspect/query_advice.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/parse.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

// How often tail --follow looks for new events.
constexpr int kFollowMs = 100;

Result<ReadOnlyStore> open(const std::string& directory) {
    return ReadOnlyStore::open(StoreConfig(directory));
}

std::int64_t now_us() { return real_clock()->wall_us(); }

Result<HeldEvent> find_event(const ReadOnlyStore& store, const std::string& text, ReadCheck check) {
    if (text.find('-') != std::string::npos) {
        BATPAK_TRY(const EventId id, named("EVENT", parse_event_id(text)));
        return store.find(id, check);
    }
    BATPAK_TRY(const std::uint64_t sequence, named("EVENT", parse_number(text)));
    return store.at(Sequence(sequence), check);
}

struct Printed {
    ExitCode code = ExitCode::Ok;  // says whether there was a damaged event
    bool any = false;
};

// Prints the range until its end, or until nobody reads. A damaged event is reported in its place.
Printed print_range(Console& console, EventRange range) {
    ExitCode code = ExitCode::Ok;
    bool any = false;
    while (const Result<EventView>* const event = range.next()) {
        any = true;
        if (*event) {
            print_event_line(console, **event);
        } else {
            code = console.report(event->error());
        }
        if (console.gone()) break;
    }
    return {code, any};
}

void print_count(Console& console, std::uint64_t count) {
    if (console.is_json()) {
        console.print("{{\"count\":{}}}\n", count);
    } else {
        console.print("{}\n", count);
    }
}

Result<ExitCode> count_damaged(const ReadOnlyStore& store, const Region& region,
                               const QueryOptions& options, Console& console) {
    std::uint64_t count = 0;
    EventRange range = store.query(region, options);
    while (const Result<EventView>* const event = range.next()) {
        if (!*event) return fail(event->error());
        ++count;
    }
    print_count(console, count);
    return ExitCode::Ok;
}

// The last n events of a region, oldest first.
Result<Printed> print_last(const ReadOnlyStore& store, const Region& region, std::uint64_t n,
                           Console& console) {
    QueryOptions backward{.direction = Direction::Backward, .limit = n};
    Sequence first = store.visible_end();
    EventRange range = store.query(region, backward);
    while (const Result<EventView>* const event = range.next()) {
        if (*event) first = (*event)->sequence();
    }
    return print_range(console, store.query(region.from(first)));
}

// Prints what is appended until somebody says stop.
Result<ExitCode> follow(ReadOnlyStore& store, const Region& region, Console& console) {
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
            const ExitCode printed =
                print_range(console, store.query(region.with_sequences(shown, end))).code;
            if (printed != ExitCode::Ok) code = printed;
            console.flush();
            shown = end;
        } else {
            pause_ms(kFollowMs);
        }
    }
    return code;
}

struct ListItem {
    std::string name;
    std::optional<std::uint64_t> events;
};

Result<std::vector<ListItem>> list_names(const ReadOnlyStore& store, const ListsCommand& command) {
    std::vector<ListItem> items;
    if (command.what == "entities") {
        BATPAK_TRY(const std::vector<EntityEntry> entities, store.entities(command.prefix));
        for (const EntityEntry& entity : entities) items.push_back({entity.name, entity.events});
        return items;
    }
    BATPAK_TRY(const std::vector<std::string> scopes, store.scopes());
    for (const std::string& scope : scopes) {
        if (!scope.starts_with(command.prefix)) continue;
        BATPAK_TRY(const std::uint64_t events, store.count(Region::scope(scope)));
        items.push_back({scope, events});
    }
    return items;
}

Result<std::vector<ListItem>> list_kinds(const ReadOnlyStore& store, const std::string& prefix) {
    BATPAK_TRY(const std::vector<EventKind> kinds, store.kinds());
    std::vector<ListItem> items;
    for (const EventKind kind : kinds) {
        std::string name = to_string(kind);
        if (!name.starts_with(prefix)) continue;
        BATPAK_TRY(const std::uint64_t events, store.count(Region::kinds({kind})));
        items.push_back({std::move(name), events});
    }
    return items;
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
    BATPAK_TRY(const ReadOnlyStore store, open(command.directory));
    const ReadCheck check = command.check_hash ? ReadCheck::Hash : ReadCheck::Frame;
    BATPAK_TRY(const HeldEvent event, find_event(store, command.event, check));
    print_event_whole(console, *event);
    return ExitCode::Ok;
}

Result<ExitCode> run(const QueryCommand& command, Console& console) {
    BATPAK_TRY(const Region region, command.filter.to_region(now_us()));
    BATPAK_TRY(const ReadOnlyStore store, open(command.directory));
    QueryOptions options;
    options.direction = command.reverse ? Direction::Backward : Direction::Forward;
    options.check = command.check_hash ? ReadCheck::Hash : ReadCheck::Frame;
    if (command.limit) options.limit = *command.limit;
    if (!command.count) {
        const Printed printed = print_range(console, store.query(region, options));
        if (!printed.any && options.limit > 0) explain_empty(store, command.filter, console);
        return printed.code;
    }
    if (command.check_hash) return count_damaged(store, region, options, console);
    BATPAK_TRY(const std::uint64_t count, store.count(region));
    print_count(console, std::min(count, options.limit));
    if (count == 0) explain_empty(store, command.filter, console);
    return ExitCode::Ok;
}

Result<ExitCode> run(const TailCommand& command, Console& console) {
    BATPAK_TRY(const Region region, command.filter.to_region(now_us()));
    BATPAK_TRY(ReadOnlyStore store, open(command.directory));
    if (command.follow) catch_interrupts();
    BATPAK_TRY(const Printed last, print_last(store, region, command.last, console));
    if (!last.any && command.last > 0) explain_empty(store, command.filter, console);
    if (!command.follow) return last.code;
    console.flush();
    BATPAK_TRY(const ExitCode followed, follow(store, region, console));
    return last.code != ExitCode::Ok ? last.code : followed;
}

Result<ExitCode> run(const ListsCommand& command, Console& console) {
    BATPAK_TRY(const ReadOnlyStore store, open(command.directory));
    BATPAK_TRY(const std::vector<ListItem> items, command.what == "kinds"
                                                      ? list_kinds(store, command.prefix)
                                                      : list_names(store, command));
    Table table({{command.what}, {"events", Table::Align::Right}});
    const std::string_view key = command.what == "entities" ? "entity"
                                 : command.what == "scopes" ? "scope"
                                                            : "kind";
    for (const ListItem& item : items) {
        if (console.is_json()) {
            JsonLine line(console.ascii_json());
            line.text(key, item.name);
            line.number("events", *item.events);
            console.write(line.finish() + "\n");
        } else {
            table.add({{escape(item.name)}, {format_count(*item.events)}});
        }
    }
    if (!console.is_json()) table.print(console);
    return ExitCode::Ok;
}

Result<ExitCode> run(const AncestorsCommand& command, Console& console) {
    BATPAK_TRY(const ReadOnlyStore store, open(command.directory));
    BATPAK_TRY(const HeldEvent first, find_event(store, command.event, ReadCheck::Frame));
    const Ancestry along = command.cause ? Ancestry::Cause : Ancestry::Stream;
    BATPAK_TRY(const Ancestors ancestors,
               store.walk_ancestors(first->event_id(), along, command.limit));
    for (const StoredEvent<Bytes>& ancestor : ancestors.events) {
        BATPAK_TRY(const HeldEvent event, store.at(ancestor.sequence()));
        print_event_line(console, *event);
    }
    const std::string_view end = to_string(ancestors.end);
    if (console.is_json()) {
        console.print("{{\"end\":\"{}\"}}\n", end);
    } else if (ancestors.end != WalkEnd::Origin) {
        console.note(
            fmt::format("the walk ended at {}", ancestors.end == WalkEnd::Limit
                                                    ? "its limit"
                                                    : "an event whose cause is not in this store"));
    }
    return ExitCode::Ok;
}

}  // namespace batpak::tool
