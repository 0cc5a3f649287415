// compact: few segments in the place of many, or segments without some payloads.
//
// What it is to do is named by a flag. A tombstone of everything has to be asked for by a filter
// that everything passes: a filter that was forgotten must not erase the log.
#include <utility>
#include <vector>

#include "batpak/store/read_only_store.hpp"
#include "batpak/store/store.hpp"
#include "tool/commands/commands.hpp"
#include "tool/console/copy_watch.hpp"
#include "tool/events/kind_names.hpp"
#include "tool/questions/filtered_range.hpp"
#include "tool/questions/moment.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/parse.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

void print_json(Console& console, const CompactCommand& command, const CompactionReport& report) {
    JsonLine line(console.ascii_json());
    line.boolean("dry_run", command.dry_run);
    line.number("segments_before", report.segments_before);
    line.number("segments_after", report.segments_after);
    line.number("bytes_before", report.bytes_before);
    if (!command.dry_run) line.number("bytes_after", report.bytes_after);
    line.number("segments_merged", report.segments_merged);
    line.number("segments_made", report.segments_made);
    if (!command.merge || report.events_erased > 0) {
        line.number("events_erased", report.events_erased);
        line.number("segments_rewritten", report.segments_rewritten);
    }
    if (report.erasure_pending) line.number("erasure_pending", report.erasure_pending->value);
    if (!command.dry_run) line.boolean("cleanup_pending", report.cleanup_pending);
    console.write(line.finish() + "\n");
}

void print_merged(Console& console, const CompactionReport& report, bool is_plan) {
    if (report.segments_merged == 0) {
        console.print("nothing to merge in {}\n",
                      count_of(report.segments_before, "sealed segment"));
        return;
    }
    console.print("{} {} {}: {}, {}, {} {}", count_of(report.segments_merged, "segment"),
                  is_plan ? "would become" : "became", report.segments_made,
                  count_of(report.segments_before, "sealed segment"),
                  format_bytes(report.bytes_before), is_plan ? "would be" : "are now",
                  report.segments_after);
    console.print("{}\n", is_plan ? "" : ", " + format_bytes(report.bytes_after));
}

void print_erased(Console& console, const CompactionReport& report, bool is_plan) {
    if (report.events_erased == 0) {
        if (!report.erasure_pending) console.print("no payload to erase\n");
        return;
    }
    const char* const verb = is_plan ? "would be" : report.events_erased == 1 ? "was" : "were";
    if (is_plan) {
        console.print("{} {} erased\n", count_of(report.events_erased, "payload"), verb);
        return;
    }
    console.print("{} {} erased, in {} of {}\n", count_of(report.events_erased, "payload"), verb,
                  format_count(report.segments_rewritten),
                  count_of(report.segments_before, "sealed segment"));
}

void print_human(Console& console, const CompactCommand& command, const CompactionReport& report) {
    const bool is_erasure = !command.merge || report.events_erased > 0;
    if (is_erasure) print_erased(console, report, command.dry_run);
    if (command.merge) print_merged(console, report, command.dry_run);
    if (report.erasure_pending) {
        console.print(
            "the erasure that event {} records is not finished: no reader is given "
            "these payloads, and the next compact goes on with it\n",
            report.erasure_pending->value);
    }
    if (report.cleanup_pending)
        console.print("the old files are still there: the next open or compact removes them\n");
}

// What is named by ids, and by an expression, which only each event answers.
Result<void> name_events(const StoreReads& store, const CompactCommand& command,
                         Tombstone& tombstone) {
    for (const std::string& text : command.ids) {
        BATPAK_TRY(const EventId id, named("--id", parse_event_id(text)));
        tombstone.ids.push_back(id);
    }
    if (!command.ids.empty()) return {};
    const KindNames names(store);
    BATPAK_TRY(const Region region, command.filter.to_region(now_us(), names));
    BATPAK_TRY(const std::optional<Where> where, command.filter.to_where());
    if (!where) {
        tombstone.region = region;
        return {};
    }
    // The index cannot answer an expression, so what it picks is fixed here, event by event, and
    // named by ids. Records of batpak's own are left out, as a region leaves them out.
    FilteredRange range(store.query(region), where, names, UINT64_MAX);
    while (const Result<EventView>* event = range.next()) {
        if (!*event) return fail(Error(event->error()));
        const bool is_own = (*event)->kind().category() == EventKind::kSystemCategory;
        if (!is_own) tombstone.ids.push_back((*event)->event_id());
    }
    return {};
}

Result<CompactionReport> erase(const CompactCommand& command, Tombstone tombstone) {
    const StoreConfig config = StoreConfig(command.directory).with_create_if_missing(false);
    if (command.dry_run) {
        BATPAK_TRY(const ReadOnlyStore store, ReadOnlyStore::open(config));
        BATPAK_CHECK(name_events(store, command, tombstone));
        return plan_compaction(config, tombstone);
    }
    BATPAK_TRY(Store store, Store::open(config));
    BATPAK_CHECK(name_events(store, command, tombstone));
    BATPAK_TRY(CompactionReport report, store.compact(tombstone));
    BATPAK_CHECK(std::move(store).close());
    return report;
}

Result<CompactionReport> merge(const CompactCommand& command, const Merge& merge) {
    const StoreConfig config = StoreConfig(command.directory).with_create_if_missing(false);
    if (command.dry_run) return plan_compaction(config, merge);
    BATPAK_TRY(Store store, Store::open(config));
    BATPAK_TRY(CompactionReport report, store.compact(merge));
    BATPAK_CHECK(std::move(store).close());
    return report;
}

Result<void> check_question(const CompactCommand& command) {
    const auto wrong = [](std::string detail) {
        return fail(ErrorCode::InvalidArgument, std::move(detail));
    };
    // Each of them changes files, so none is a default.
    const int orders = int{command.merge} + int{command.tombstone} + int{command.finish};
    if (orders > 1) return wrong("one at a time: give --merge, --tombstone or --finish alone");
    if (orders == 0) {
        return wrong(
            "say what is to be done: --merge makes few segments of many, --tombstone "
            "erases payloads, --finish goes on with an erasure that was interrupted");
    }
    const bool has_filter = command.filter != Filter();
    const bool has_choice = has_filter || !command.ids.empty();
    if (command.bytes_max && !command.merge) return wrong("--bytes-max belongs to --merge");
    if (!command.tombstone && (has_choice || command.reason))
        return wrong("filters, --id and --reason belong to --tombstone");
    if (!command.tombstone) return {};
    if (!has_choice) {
        return wrong(
            "say whose payloads are to be erased: by --id, or by filters; --from 0 means "
            "all of them");
    }
    // A variable that was not set, most likely; and this cannot be taken back.
    if (command.filter.entity_prefix && command.filter.entity_prefix->empty()) {
        return wrong(
            "--entity-prefix: each entity begins with an empty text; --from 0 means all of them");
    }
    if (has_filter && !command.ids.empty()) return wrong("give --id or filters, not both");
    return command.reason ? Result<void>() : wrong("say why: --reason TEXT is kept in the log");
}

Result<CompactionReport> compact(const CompactCommand& command, CopyWatch& watch) {
    if (command.tombstone) {
        Tombstone tombstone(*command.reason);
        watch.attach(tombstone);
        return erase(command, std::move(tombstone));
    }
    Merge order;
    if (command.bytes_max) order.bytes_max = *command.bytes_max;
    // No group has so many segments: nothing is merged.
    if (command.finish) order.segments_min = UINT64_MAX;
    watch.attach(order);
    return merge(command, order);
}

}  // namespace

Result<ExitCode> run(const CompactCommand& command, Console& console) {
    BATPAK_CHECK(check_question(command));
    CompactionReport report;
    {
        // In a block of its own: the line of its progress is gone before a result is printed.
        CopyWatch watch(console);
        BATPAK_TRY(report, compact(command, watch));
    }
    console.is_json() ? print_json(console, command, report)
                      : print_human(console, command, report);
    return report.stopped ? ExitCode::Interrupted : ExitCode::Ok;
}

}  // namespace batpak::tool
