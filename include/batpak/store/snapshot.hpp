// Snapshot: a copy of a store as it was at one moment, made while appends go on.
//
//     auto report = store.snapshot("./backup/monday").value();
//     std::uint64_t events = report.end.value;
//
// A snapshot is a store of its own, which can only be read: ReadOnlyStore and the tool open it, and
// verify() checks it. Opening it for writing is SnapshotOnly, because a log that continues in two
// places is two logs under one name; restore() makes a store of it. It holds the events before
// `end`, all of which were durable, and no others. Every frame is checked when it is copied, and
// the MANIFEST is written last: so a crash leaves a whole snapshot or none.
//
// A ReadOnlyStore, and so the tool, syncs what the writer has written and copies it: what was
// acknowledged is in the snapshot. It cannot know of a sync of the writer that failed: after that,
// a power cut may take events from the store that such a snapshot has. Store::snapshot knows.
//
// Threads: immutable values
// Errors:  none
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "batpak/base/id.hpp"
#include "batpak/base/sequence.hpp"

namespace batpak {

struct CopyProgress {
    std::uint64_t bytes = 0;  // that were copied or shared so far
    std::uint64_t bytes_total = 0;
};

struct SnapshotOptions {
    // The directory of an earlier snapshot of the same store, on the same file system. Segments
    // that are in it are not copied again: the new snapshot gets second names (hard links) for its
    // files, so that each of the two is whole and either can be removed. Each file is read once,
    // and one that rotted is copied from the store. Damage that comes later is damage to both;
    // verify() and restore() find it. Where there can be no links, all is copied.
    std::string previous{};
    // Called on the thread that copies, after each megabyte and each shared file. It must not
    // throw.
    std::function<void(const CopyProgress&)> progress{};
    // Asked as often: then what was copied is removed again.
    std::stop_token stop{};
};

struct SnapshotReport {
    LogId log_id{};                  // of the copy
    Sequence end{};                  // it holds the events before this one
    std::uint64_t segments = 0;      // that hold events
    std::uint64_t bytes = 0;         // of these segments
    std::uint64_t bytes_shared = 0;  // of them, in files of the previous snapshot
    bool stopped = false;            // SnapshotOptions::stop was requested: there is no snapshot
};

}  // namespace batpak
