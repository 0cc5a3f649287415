// diff: what is different between two moments of a store, or between two stores.
//
// Of one store the later moment has all that the earlier one had, so the difference is what was
// appended between them: a row for each entity. Two stores are compared event by event from the
// first on: they are the same up to a place, and after it nothing that is the same has a meaning.
#include <algorithm>

#include "tool/commands/commands.hpp"
#include "tool/console/interrupt.hpp"
#include "tool/console/progress.hpp"
#include "tool/events/event_output.hpp"
#include "tool/questions/changes.hpp"
#include "tool/questions/moment.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

// ---- two moments

void print_changes(Rows& rows, const Changes& changes) {
    for (const auto& [entity, change] : changes) {
        rows.add(
            {{.json = text_json(entity, rows.wants_ascii()), .shown = {}},
             {.json = std::to_string(change.events), .shown = format_count(change.events)},
             {.json = std::to_string(change.first.value), .shown = {}},
             {.json = std::to_string(change.last.value), .shown = {}},
             {.json = change.is_new() ? "true" : "false", .shown = change.is_new() ? "new" : ""}});
    }
    rows.finish();
}

Result<ExitCode> diff_moments(const DiffCommand& command, Console& console) {
    BATPAK_TRY(const ReadOnlyStore store, ReadOnlyStore::open(StoreConfig(command.directory)));
    Sequence from(0);
    Sequence to = store.visible_end();
    if (command.from) {
        BATPAK_TRY(const StoreView view, view_at(store, "--from", *command.from));
        from = view.visible_end();
    }
    if (command.to) {
        BATPAK_TRY(const StoreView view, view_at(store, "--to", *command.to));
        to = view.visible_end();
    }
    // Two moments have no order of their own: what is asked is what lies between them.
    if (to < from) std::swap(from, to);
    Changes changes;
    Progress progress(console);
    ExitCode code = ExitCode::Ok;
    std::uint64_t events = 0;
    EventRange range = store.query(Region::all(), {.from = from, .end = to});
    while (const Result<EventView>* const event = range.next()) {
        if (!*event) {
            progress.clear();
            code = console.report(event->error());
            continue;
        }
        add_to_changes(changes, **event);
        progress.show({++events, events, to.value - from.value});
    }
    progress.clear();
    Rows rows(console, format_of(console, command.output),
              {{.name = "entity", .colour = Colour::Bold, .is_elastic = true},
               {.name = "events"},
               {.name = "first_version"},
               {.name = "last_version"},
               {.name = "new"}});
    print_changes(rows, changes);
    if (events == 0) console.note("nothing was appended between these moments");
    return code;
}

// ---- two stores

struct Comparison {
    std::uint64_t same = 0;
    std::optional<std::uint64_t> only_a;
    std::optional<std::uint64_t> only_b;
};

// Where one of them has no payload any more, the hash stands for both.
bool is_same_payload(const EventView& a, const EventView& b) {
    if (!a.erased && !b.erased) return equal_bytes(a.payload, b.payload);
    return a.payload.size() + a.erased_bytes == b.payload.size() + b.erased_bytes;
}

bool is_same(const EventView& a, const EventView& b) {
    return a.position == b.position && a.header == b.header && a.entity == b.entity &&
           a.scope == b.scope && equal_bytes(a.metadata_bytes, b.metadata_bytes) &&
           is_same_payload(a, b) && a.hash == b.hash && a.batch_index == b.batch_index &&
           a.batch_count == b.batch_count;
}

// How many events from the first on are the same. Errors: of an event that cannot be read.
Result<std::uint64_t> count_same(const StoreReads& a, const StoreReads& b, Console& console) {
    Progress progress(console);
    const std::uint64_t total = std::min(a.visible_end(), b.visible_end()).value;
    EventRange of_a = a.query(Region::all());
    EventRange of_b = b.query(Region::all());
    for (std::uint64_t same = 0; same < total && !interrupted(); ++same) {
        const Result<EventView>* const in_a = of_a.next();
        const Result<EventView>* const in_b = of_b.next();
        if (in_a == nullptr || in_b == nullptr) return same;
        if (!*in_a) return fail(in_a->error());
        if (!*in_b) return fail(in_b->error());
        if (!is_same(**in_a, **in_b)) return same;
        progress.show({same, same, total});
    }
    // Also where a signal ended the loop: the caller asks interrupted() before it looks at the
    // count.
    return total;
}

void print_side(Console& console, const std::string& directory, const StoreReads& store,
                std::uint64_t same) {
    const std::uint64_t count = store.visible_end().value - same;
    console.print("{}  {} more\n", escape(directory), count_of(count, "event"));
    const auto event = store.find(Sequence(same));
    if (event) print_event_line(console, **event, KindNames(store));
}

Result<ExitCode> diff_stores(const DiffCommand& command, Console& console) {
    BATPAK_TRY(const ReadOnlyStore a, ReadOnlyStore::open(StoreConfig(command.directory)));
    BATPAK_TRY(const ReadOnlyStore b, ReadOnlyStore::open(StoreConfig(command.other)));
    catch_interrupts();
    BATPAK_TRY(const std::uint64_t same, count_same(a, b, console));
    if (interrupted()) return ExitCode::Interrupted;
    const bool are_equal = a.visible_end() == b.visible_end() && a.visible_end().value == same;
    if (console.is_json()) {
        JsonLine line(console.ascii_json());
        line.boolean("equal", are_equal);
        line.boolean("same_log", a.log_id() == b.log_id());
        line.number("same", same);
        line.number("only_a", a.visible_end().value - same);
        line.number("only_b", b.visible_end().value - same);
        console.write(line.finish() + "\n");
        return are_equal ? ExitCode::Ok : ExitCode::No;
    }
    console.print("{} the same{}\n", count_of(same, "event"),
                  a.log_id() == b.log_id() ? "" : ", of different logs");
    if (are_equal) return ExitCode::Ok;
    print_side(console, command.directory, a, same);
    print_side(console, command.other, b, same);
    return ExitCode::No;
}

}  // namespace

Result<ExitCode> run(const DiffCommand& command, Console& console) {
    if (command.other.empty()) return diff_moments(command, console);
    if (command.from || command.to) {
        return fail(ErrorCode::InvalidArgument,
                    "--from and --to are moments of one store, and two were given");
    }
    return diff_stores(command, console);
}

}  // namespace batpak::tool
