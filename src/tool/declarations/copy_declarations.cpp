// What the commands that copy, mend and compact take.
//
// They are added in the order in which --help lists them. The words name defaults that are set
// elsewhere, in the structs of the commands or in the library: a change there needs one here.
#include "tool/declarations/copy_declarations.hpp"

namespace batpak::tool {

void CopyDeclarations::add_all() {
    add_snapshot();
    add_restore();
    add_fork();
    add_repair();
    add_scrub();
    add_salvage();
    add_compact();
}

void CopyDeclarations::add_snapshot() {
    CLI::App& app =
        forms_.add_command("snapshot", "Copy a store as it is now, while it is written");
    forms_.add_directory(app, snapshot_.directory);
    forms_.add_destination(app, snapshot_.destination);
    forms_.takes(forms_.add_text(app, "--previous", snapshot_.previous, "DIR",
                                 "An earlier snapshot, to share the files that both have with"),
                 ValueKind::Directory);
    app.add_flag("--verify", snapshot_.verify,
                 "Read the snapshot again, check all of it, and print the root");
    forms_.finish(app, snapshot_);
}

void CopyDeclarations::add_restore() {
    CLI::App& app = forms_.add_command("restore", "Make a store of a snapshot");
    forms_.add_directory(app, restore_.directory);
    forms_.add_destination(app, restore_.destination);
    forms_.add_number(app, "--before", restore_.before, "Only the events before this sequence");
    app.add_flag("--same-log", restore_.same_log,
                 "Continue as the same log, because nothing is lost");
    forms_.add_number(app, "--expect-events", restore_.expect_events,
                      "With --same-log: how many events the log had");
    forms_.add_text(app, "--expect-root", restore_.expect_root, "HASH",
                    "With --same-log: the root over these events");
    forms_.finish(app, restore_);
}

void CopyDeclarations::add_fork() {
    CLI::App& app =
        forms_.add_command("fork", "Make a second store that shares the files of this one");
    // A restore that shares files: the commands have one struct and one run().
    fork_.share_files = true;
    forms_.add_directory(app, fork_.directory);
    forms_.add_destination(app, fork_.destination);
    forms_.add_number(app, "--before", fork_.before, "Only the events before this sequence");
    forms_.finish(app, fork_);
}

void CopyDeclarations::add_repair() {
    CLI::App& app = forms_.add_command("repair", "Replace damaged segments by those of a snapshot");
    forms_.add_directory(app, repair_.directory);
    CLI::Option& from = forms_.add_text(app, "--from", repair_.snapshot, "DIR", "The snapshot");
    from.required();
    forms_.takes(from, ValueKind::Directory);
    forms_.finish(app, repair_);
}

void CopyDeclarations::add_scrub() {
    CLI::App& app = forms_.add_command("scrub", "Read every frame, and list all that is damaged");
    forms_.add_directory(app, scrub_.directory);
    forms_.add_number(app, "--from", scrub_.from, "Begin with the segment of this event");
    forms_.add_number(app, "--before", scrub_.before,
                      "Only segments of events before this sequence");
    forms_.add_text(app, "--throttle", scrub_.throttle, "BYTES",
                    "Read no more a second, such as 50M (K, M, G: 1024 of the one before)");
    forms_.finish(app, scrub_);
}

void CopyDeclarations::add_salvage() {
    CLI::App& app =
        forms_.add_command("salvage", "Make a new store of all that can be read of a damaged one");
    forms_.add_directory(app, salvage_.directory);
    forms_.add_destination(app, salvage_.destination);
    forms_.finish(app, salvage_);
}

void CopyDeclarations::add_compact() {
    CLI::App& app =
        forms_.add_command("compact", "Make few segments of many, or erase payloads for good");
    forms_.add_directory(app, compact_.directory);
    app.add_flag("--merge", compact_.merge,
                 "Merge small segments that follow one another; no event changes");
    forms_.add_number(app, "--bytes-max", compact_.bytes_max,
                      "With --merge: how large a segment may become (default: 1073741824)");
    app.add_flag("--tombstone", compact_.tombstone,
                 "Erase the payloads of the events that the filters, or --id, select");
    forms_.add_text(app, "--id", compact_.ids, "ID",
                    "With --tombstone: this event; may be repeated");
    forms_.add_text(app, "--reason", compact_.reason, "TEXT",
                    "With --tombstone: why, as it is kept in the log");
    forms_.add_filter(app, compact_.filter);
    app.add_flag("--finish", compact_.finish, "Only finish an erasure that was interrupted");
    app.add_flag("--dry-run", compact_.dry_run, "Only say what would be merged, or erased");
    forms_.finish(app, compact_);
}

}  // namespace batpak::tool
