// snapshot, restore and fork: a store in another directory; repair: back from there.
//
// The store that is copied is only read, and a program may append to it meanwhile. What ends early
// leaves nothing at the destination but empty folders.
#include "batpak/store/read_only_store.hpp"
#include "batpak/store/repair.hpp"
#include "batpak/store/restore.hpp"
#include "batpak/store/store.hpp"
#include "tool/commands/commands.hpp"
#include "tool/commands/watched_verify.hpp"
#include "tool/console/copy_watch.hpp"
#include "tool/files/store_files.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/parse.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

struct Copied {
    std::string_view verb;
    LogId log_id;
    std::optional<LogId> restored;  // if it is another log
    Sequence end;
    std::uint64_t segments = 0;
    std::uint64_t bytes = 0;
    std::optional<std::uint64_t> bytes_shared{};
    std::string_view shared_with = "the previous snapshot";
    std::optional<Hash> root;
};

void print_copied(Console& console, const Copied& copied, const std::string& destination) {
    if (console.is_json()) {
        JsonLine line(console.ascii_json());
        line.text("log", to_string(copied.log_id));
        if (copied.restored) line.text("restored_log", to_string(*copied.restored));
        line.number("events", copied.end.value);
        line.number("segments", copied.segments);
        line.number("bytes", copied.bytes);
        if (copied.bytes_shared) line.number("bytes_shared", *copied.bytes_shared);
        if (copied.root) line.text("root", to_string(*copied.root));
        console.write(line.finish() + "\n");
        return;
    }
    console.print("{} in {}, {}, {} {}\n", count_of(copied.end.value, "event"),
                  count_of(copied.segments, "segment"), format_bytes(copied.bytes), copied.verb,
                  escape(destination));
    if (copied.bytes_shared.value_or(0) > 0)
        console.print("{} of them shared with {}\n", format_bytes(*copied.bytes_shared),
                      copied.shared_with);
    if (copied.root) console.print("root  {}\n", to_string(*copied.root));
    if (copied.restored) {
        console.print("log   {}, a new era: positions and roots of {} are valid up to event {}\n",
                      to_string(copied.log_id), to_string(*copied.restored), copied.end.value);
    }
}

// Reads all of the snapshot again. The report's damage, if any, is the error. By its own MANIFEST,
// as any reader opens it: so what is checked is the copy and not the source.
Result<VerifyReport> verify_copy(const std::string& directory, Console& console) {
    BATPAK_TRY(const ReadOnlyStore copy, ReadOnlyStore::open(StoreConfig(directory)));
    BATPAK_TRY(VerifyReport report, watched_verify(copy, {}, console));
    if (report.damage) return fail(*std::move(report.damage));
    return report;
}

// Before anything is copied: half a question would otherwise become a store that goes on as the
// same log, and lacks events.
Result<std::optional<KnownLog>> known_log(const RestoreCommand& command) {
    const bool has_both = command.expect_events && command.expect_root;
    if (!command.same_log && !command.expect_events && !command.expect_root)
        return std::optional<KnownLog>();
    if (!command.same_log || !has_both) {
        return fail(ErrorCode::InvalidArgument,
                    "--same-log, --expect-events and --expect-root belong together: only who knows "
                    "what the log had, knows that nothing is lost");
    }
    BATPAK_TRY(const Hash root, named("--expect-root", parse_hash(*command.expect_root)));
    return std::optional(KnownLog{Sequence(*command.expect_events), root});
}

// An object a line: what was repaired, then what could not be.
void print_json(Console& console, const RepairReport& report) {
    for (const RepairedSegment& repaired : report.repaired) {
        JsonLine line(console.ascii_json());
        line.number("segment", repaired.id);
        line.boolean("repaired", true);
        if (!repaired.saved_to.empty()) line.text("saved_to", repaired.saved_to);
        console.write(line.finish() + "\n");
    }
    for (const Error& damage : report.damaged) {
        JsonLine line(console.ascii_json());
        line.boolean("repaired", false);
        line.raw("damage", error_json(damage, console.ascii_json()));
        console.write(line.finish() + "\n");
    }
}

void print_human(Console& console, const RepairReport& report) {
    for (const RepairedSegment& repaired : report.repaired) {
        const std::string saved =
            repaired.saved_to.empty() ? "" : ", what was there is in " + repaired.saved_to;
        console.print("{}  segment {}{}\n", console.paint(Colour::Green, "repaired"), repaired.id,
                      saved);
    }
    for (const Error& damage : report.damaged) {
        console.print("{}  {}\n", console.paint(Colour::Red, "damaged"),
                      escape_line(damage.to_string()));
    }
    console.print("checked: {}, and the one that is appended to\n",
                  count_of(report.segments, "sealed segment"));
}

}  // namespace

Result<ExitCode> run(const RepairCommand& command, Console& console) {
    BATPAK_TRY(const RepairReport report, repair(StoreConfig(command.directory), command.snapshot));
    if (console.is_json()) {
        print_json(console, report);
    } else {
        print_human(console, report);
    }
    return report.damaged.empty() ? ExitCode::Ok : ExitCode::Refused;
}

Result<ExitCode> run(const SnapshotCommand& command, Console& console) {
    BATPAK_CHECK(named("DEST", check_no_store_around(command.destination, command.directory)));
    BATPAK_TRY(const ReadOnlyStore store, ReadOnlyStore::open(StoreConfig(command.directory)));
    SnapshotReport report;
    {
        CopyWatch watch(console);
        SnapshotOptions options{.previous = command.previous};
        watch.attach(options);
        BATPAK_TRY(report, store.snapshot(command.destination, options));
    }
    if (report.stopped) return ExitCode::Interrupted;
    Copied copied{.verb = "copied to",
                  .log_id = report.log_id,
                  .restored = {},
                  .end = report.end,
                  .segments = report.segments,
                  .bytes = report.bytes,
                  .bytes_shared = report.bytes_shared,
                  .root = {}};
    if (command.verify) {
        BATPAK_TRY(const VerifyReport again, verify_copy(command.destination, console));
        // The snapshot is there, whole as far as it was read.
        if (again.stopped) return ExitCode::Interrupted;
        if (again.hashes_checked) copied.root = again.root;
    }
    print_copied(console, copied, command.destination);
    return ExitCode::Ok;
}

Result<ExitCode> run(const RestoreCommand& command, Console& console) {
    BATPAK_CHECK(named("DEST", check_no_store_around(command.destination, command.directory)));
    RestoreOptions options;
    BATPAK_TRY(options.same_log, known_log(command));
    if (command.before) options.end = Sequence(*command.before);
    options.share_files = command.share_files;
    RestoreReport report;
    {
        CopyWatch watch(console);
        watch.attach(options);
        BATPAK_TRY(report, restore(StoreConfig(command.directory), command.destination, options));
    }
    if (report.stopped) return ExitCode::Interrupted;
    // Without --same-log the new store is another log from here on, and people must know both ids:
    // that of the old one is in their proofs and positions.
    const bool is_other = report.log_id != report.restored;
    Copied copied{.verb = "restored to",
                  .log_id = report.log_id,
                  .restored = is_other ? std::optional(report.restored) : std::nullopt,
                  .end = report.end,
                  .segments = report.segments,
                  .bytes = report.bytes,
                  .root = {}};
    if (command.share_files) {
        copied.verb = "forked to";
        copied.bytes_shared = report.bytes_shared;
        copied.shared_with = command.directory;
    }
    print_copied(console, copied, command.destination);
    return ExitCode::Ok;
}

}  // namespace batpak::tool
