// verify and stats: the store as a whole.
//
// A store that does not open because of damage has been verified: that is the finding, not a
// failure of the command. What only a person can know, how many events there were and their root,
// is compared last, and only if all that is there is whole.
#include <algorithm>

#include "tool/commands/commands.hpp"
#include "tool/commands/proof_commands.hpp"
#include "tool/commands/watched_verify.hpp"
#include "tool/console/interrupt.hpp"
#include "tool/console/table.hpp"
#include "tool/events/kind_names.hpp"
#include "tool/events/report_json.hpp"
#include "tool/files/segment_list.hpp"
#include "tool/questions/moment.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/parse.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

// What is printed, in both forms, so that neither says more than the other.
struct Finding {
    VerifyReport report;
    std::optional<LogId> log_id;
    std::optional<CutTail> tail;
    std::optional<Sequence> erasure_pending{};
    std::optional<Anchor> anchor{};
    std::optional<std::uint64_t> heads{};  // records of heads that were compared
};

// Before anything is read: a wrong question must not cost the reading of a large store.
Result<void> check_question(const VerifyCommand& command) {
    if (command.since.has_value() != command.policy.has_value()) {
        return fail(ErrorCode::InvalidArgument,
                    "--since takes a checkpoint, and --policy says who is believed: give both");
    }
    if (!command.since) return {};
    if (command.from > 0 || command.before) {
        return fail(ErrorCode::InvalidArgument,
                    "--since compares all events, and --from and --before check some: give one");
    }
    return check_anchor(*command.since, *command.policy);
}

// Puts into the finding what the checkpoint says; a store that is not its log is damaged. A
// signature is believed only of a log that was found whole: else what is wrong with the log is the
// finding.
Result<void> check_since(const ReadOnlyStore& store, const VerifyCommand& command,
                         Finding& finding) {
    if (!command.since || finding.report.damage || finding.report.stopped) return {};
    auto anchor = anchor_of(store, *command.since, *command.policy);
    if (interrupted()) {
        finding.report.stopped = true;
        return {};
    }
    if (anchor) {
        finding.anchor = *std::move(anchor);
        return {};
    }
    const ErrorCode code = anchor.error().code();
    if (code != ErrorCode::RolledBack && code != ErrorCode::SplitHistory)
        return fail(std::move(anchor).error());
    finding.report.damage = std::move(anchor).error();
    return {};
}

// What the log says of its own heads is compared with all of its events: a record that lies is
// found here, and by nothing less. A part of the store is not enough for that.
Result<void> check_recorded_heads(const ReadOnlyStore& store, const VerifyCommand& command,
                                  Finding& finding) {
    const VerifyReport& report = finding.report;
    if (command.before || report.damage || report.stopped || !has_root(report)) return {};
    auto heads = true_heads_of(store);
    if (interrupted()) {
        finding.report.stopped = true;
        return {};
    }
    if (heads) {
        finding.heads = *heads;
        return {};
    }
    const ErrorCode code = heads.error().code();
    if (code != ErrorCode::CorruptHash && code != ErrorCode::DecodeFailed)
        return fail(std::move(heads).error());
    finding.report.damage = std::move(heads).error();
    return {};
}

// Both numbers come from outside of the store: inside of it, an older copy looks whole.
Result<void> check_expected(const ReadOnlyStore& store, const VerifyCommand& command,
                            const std::optional<Hash>& expected_root, VerifyReport& report) {
    const std::uint64_t events = store.visible_end().value;
    if (command.expect_events && events < *command.expect_events) {
        report.damage = Error(ErrorCode::RolledBack, "the store has " + count_of(events, "event") +
                                                         " and should have at least " +
                                                         std::to_string(*command.expect_events));
    }
    if (!expected_root || report.damage) return {};
    // What was appended after the expected events changes nothing in the root over these.
    const std::uint64_t end = command.expect_events.value_or(events);
    BATPAK_TRY(const Hash root, store.root(Sequence(end)));
    if (root != *expected_root) {
        report.damage = Error(ErrorCode::CorruptHash,
                              "the root over " + count_of(end, "event") + " is " + to_string(root) +
                                  ": these are not the events that were expected");
    }
    return {};
}

VerifyOptions options_of(const VerifyCommand& command) {
    VerifyOptions options{.from = Sequence(command.from)};
    if (command.before) options.end = Sequence(*command.before);
    return options;
}

Result<Finding> find_out(const VerifyCommand& command, Console& console) {
    std::optional<Hash> expected_root;
    if (command.expect_root) {
        BATPAK_TRY(expected_root, named("--expect-root", parse_hash(*command.expect_root)));
    }
    BATPAK_CHECK(check_question(command));
    auto store = ReadOnlyStore::open(StoreConfig(command.directory));
    if (!store && store.error().error_class() == ErrorClass::Refused) {
        Finding finding;
        finding.report.damage = store.error();
        return finding;
    }
    if (!store) return fail(store.error());
    BATPAK_TRY(VerifyReport report, watched_verify(*store, options_of(command), console));
    if (!report.damage && !report.stopped)
        BATPAK_CHECK(check_expected(*store, command, expected_root, report));
    Finding finding{std::move(report), store->log_id(), store->open_report().cut,
                    store->open_report().erasure_pending};
    BATPAK_CHECK(check_recorded_heads(*store, command, finding));
    BATPAK_CHECK(check_since(*store, command, finding));
    return finding;
}

void print_json(Console& console, const Finding& finding) {
    const VerifyReport& report = finding.report;
    JsonLine line(console.ascii_json());
    line.boolean("ok", !report.damage && !report.stopped);
    if (finding.log_id) line.text("log", to_string(*finding.log_id));
    add_report(line, report);
    if (finding.erasure_pending) line.number("erasure_pending", finding.erasure_pending->value);
    if (finding.heads.value_or(0) > 0) line.number("heads", *finding.heads);
    if (finding.tail) line.raw("torn_tail", tail_json(*finding.tail, console.ascii_json()));
    if (finding.anchor) {
        JsonLine anchor(console.ascii_json());
        anchor.text("origin", finding.anchor->origin);
        anchor.number("end", finding.anchor->end.value);
        anchor.number("witnesses", finding.anchor->witnesses);
        if (finding.anchor->witnessed_at)
            anchor.number("witnessed_at", *finding.anchor->witnessed_at);
        line.raw("anchored", anchor.finish());
    }
    if (report.damage) line.raw("damage", error_json(*report.damage, console.ascii_json()));
    console.write(line.finish() + "\n");
}

void print_human(Console& console, const Finding& finding) {
    const VerifyReport& report = finding.report;
    if (report.damage) {
        console.print("{}  {}\n", console.paint(Colour::Red, "damaged"),
                      escape_line(report.damage->to_string()));
        console.print("{} before it {} whole\n", count_of(report.events, "event"),
                      report.events == 1 ? "is" : "are");
        return;
    }
    console.print("{}  {}{}, {}, {} of frames\n",
                  report.stopped ? console.paint(Colour::Yellow, "stopped")
                                 : console.paint(Colour::Green, "whole"),
                  count_of(report.events, "event"),
                  report.from == Sequence(0) ? "" : " from " + format_count(report.from.value),
                  count_of(report.segments, "segment"), format_bytes(report.bytes));
    if (report.erased > 0) {
        console.print("erased  the {} of {}, as the log says\n",
                      report.erased == 1 ? "payload" : "payloads",
                      count_of(report.erased, "event"));
    }
    if (finding.erasure_pending) {
        console.print("pending  the erasure that event {} records: compact goes on with it\n",
                      finding.erasure_pending->value);
    }
    if (has_root(report)) {
        console.print("root  {}\n", to_string(report.root));
    } else if (!report.hashes_checked) {
        console.print("root  none: no hashes were checked\n");
    }
    if (finding.heads.value_or(0) > 0) {
        console.print("heads  {}, each of the events before it\n",
                      count_of(*finding.heads, "record"));
    }
    if (finding.anchor) {
        const std::uint64_t end = finding.anchor->end.value;
        const std::size_t witnesses = finding.anchor->witnesses;
        console.print("signed  the first {}, by {}, seen by {} {}\n", count_of(end, "event"),
                      escape(finding.anchor->origin), witnesses,
                      witnesses == 1 ? "witness" : "witnesses");
        const std::uint64_t checked = report.from.value + report.events;
        if (checked > end) {
            console.print("unsigned  {} after them\n", format_count(checked - end));
        }
    }
    if (finding.tail) {
        console.print(
            "tail  {} after offset {} of segment {} are no whole events, and nothing says that "
            "they were durable; the next writer cuts them off\n",
            format_bytes(finding.tail->bytes), finding.tail->offset, finding.tail->segment_id);
    }
}

struct Stats {
    LogId log_id;
    Sequence end;
    Sequence durable_end;
    // Of the files, and so not of a moment of the past.
    std::optional<std::uint64_t> segments;
    std::optional<std::uint64_t> bytes;
    std::uint64_t entities = 0;
    std::uint64_t scopes = 0;
    std::uint64_t tags = 0;
    bool has_hashes = false;
    std::optional<std::int64_t> first_us;
    std::optional<std::int64_t> last_us;
    struct OfKind {
        EventKind kind;
        std::string name;   // empty: it has none
        std::string shown;  // name and number
        std::uint64_t events;
    };
    std::vector<OfKind> kinds;
};

// What is counted, the index has counted. Sizes come from the files, of which the active one is
// scanned for its end.
Result<Stats> gather(const StatsCommand& command) {
    BATPAK_TRY(StoreAt at, StoreAt::open(command.directory, command.at));
    const StoreReads& store = *at;
    BATPAK_TRY(const SegmentList segments, list_segments(command.directory));
    Stats stats{.log_id = store.log_id(),
                .end = store.visible_end(),
                .durable_end = store.durable_end(),
                .has_hashes = segments.has_hashes};
    // Files are as they are now; of a moment of the past they say nothing.
    if (at.is_now()) {
        stats.segments = store.open_report().segments;
        stats.bytes = 0;
        for (const SegmentInfo& segment : segments.segments) *stats.bytes += segment.file_bytes;
    }
    BATPAK_TRY(const std::vector<NameEntry> entities, store.names(Names::Entities));
    BATPAK_TRY(const std::vector<NameEntry> scopes, store.names(Names::Scopes));
    stats.entities = entities.size();
    stats.scopes = scopes.size();
    BATPAK_TRY(const std::vector<NameEntry> tags, store.names(Names::Tags));
    stats.tags = tags.size();
    BATPAK_TRY(const Catalogue catalogue, whole_catalogue(store));
    const KindNames names(store);
    for (const KindEntry& entry : catalogue) {
        stats.kinds.push_back({entry.kind, std::string(names.name_of(entry.kind)),
                               names.in_full(entry.kind), entry.events});
    }
    if (stats.end > Sequence(0)) {
        BATPAK_TRY(const HeldEvent first, store.find(Sequence(0)));
        BATPAK_TRY(const HeldEvent last, store.find(Sequence(stats.end.value - 1)));
        stats.first_us = first->position.hlc.us;
        stats.last_us = last->position.hlc.us;
    }
    return stats;
}

void print_json(Console& console, const Stats& stats) {
    JsonLine line(console.ascii_json());
    line.text("log", to_string(stats.log_id));
    line.number("events", stats.end.value);
    line.number("durable_events", stats.durable_end.value);
    if (stats.segments) line.number("segments", *stats.segments);
    if (stats.bytes) line.number("bytes", *stats.bytes);
    line.number("entities", stats.entities);
    line.number("scopes", stats.scopes);
    line.number("tags", stats.tags);
    line.boolean("hashes", stats.has_hashes);
    if (stats.first_us) line.text("first_time", format_time(*stats.first_us));
    if (stats.last_us) line.text("last_time", format_time(*stats.last_us));
    JsonLine kinds(console.ascii_json());
    JsonLine names(console.ascii_json());
    for (const Stats::OfKind& of : stats.kinds) {
        kinds.number(to_string(of.kind), of.events);
        if (!of.name.empty()) names.text(to_string(of.kind), of.name);
    }
    line.raw("kinds", kinds.finish());
    line.raw("kind_names", names.finish());
    console.write(line.finish() + "\n");
}

void print_human(Console& console, const Stats& stats) {
    Table table({{""}, {""}});
    const auto row = [&](std::string name, std::string value) {
        table.add({{std::move(name), Colour::Dim}, {std::move(value)}});
    };
    row("log", to_string(stats.log_id));
    row("events", format_count(stats.end.value));
    row("durable", format_count(stats.durable_end.value));
    if (stats.segments && stats.bytes) {
        row("segments", format_count(*stats.segments) + ", " + format_bytes(*stats.bytes));
    }
    row("entities", format_count(stats.entities));
    row("scopes", format_count(stats.scopes));
    row("tags", format_count(stats.tags));
    row("hashes", stats.has_hashes ? "yes" : "no");
    if (stats.first_us) row("first", format_time(*stats.first_us));
    if (stats.last_us) row("last", format_time(*stats.last_us));
    for (const Stats::OfKind& of : stats.kinds) row("kind " + of.shown, format_count(of.events));
    table.print(console);
}

}  // namespace

Result<ExitCode> run(const VerifyCommand& command, Console& console) {
    BATPAK_TRY(const Finding finding, find_out(command, console));
    if (console.is_json()) {
        print_json(console, finding);
    } else {
        print_human(console, finding);
    }
    if (finding.report.stopped) return ExitCode::Interrupted;
    return finding.report.damage ? ExitCode::Refused : ExitCode::Ok;
}

Result<ExitCode> run(const StatsCommand& command, Console& console) {
    BATPAK_TRY(const Stats stats, gather(command));
    if (console.is_json()) {
        print_json(console, stats);
    } else {
        print_human(console, stats);
    }
    return ExitCode::Ok;
}

}  // namespace batpak::tool
