// restore: makes a store of a snapshot, in another directory.
//
//     auto report = batpak::restore(StoreConfig("./backup/monday"), "./batpak-data").value();
//
// What was appended after the snapshot is lost, and others may have seen it: consumers that keep
// their positions elsewhere, read models, auditors who noted a root. If the store continued under
// its old id, new events would take the places of the lost ones, and a position after those would
// pass over them without a word. So the restored store begins a new era: a log with an id of its
// own, in which the events before it keep their ids, places, times and hashes. A position of the
// old log is valid as far as both are the same, and RolledBack after that.
//
// Where nothing is lost, because the snapshot was the last thing that was done with the store, it
// may continue as the same log: `same_log` says what the log had, and the snapshot must have it.
//
// The source may be any store that can be read: a plain copy of the files too, or one that a
// program is writing. It is not changed.
//
// With `share_files` it is a fork: the new store has second names for the files of the old one. It
// is there in the time of a few file operations, however large the log is, and takes no space until
// it is appended to. Each of the two may be appended to, compacted or removed, and the other stays
// as it is. An erasure in one of them leaves the payloads of the other.
//
// Threads: thread-safe
// Errors:  those of ReadOnlyStore::open; BadDestination, DiskFull, Io; CorruptFrame;
//          CorruptSnapshot: a file is not the one that the snapshot was made with;
//          InvalidArgument: the log never ended at `end`, or the options contradict each other;
//          RolledBack, CorruptHash: not `same_log`
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "batpak/base/hash.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/result.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/store/config.hpp"
#include "batpak/store/snapshot.hpp"

namespace batpak {

// What is known of a log: how many events it had, and the root over them.
struct KnownLog {
    Sequence end{};
    Hash root{};
};

struct RestoreOptions {
    std::optional<Sequence> end{};  // restore the events before this one only
    std::optional<KnownLog> same_log{};
    // Whole segments are not copied: the new store gets hard links to their files, on the same file
    // system; where there can be no links, all is copied. A file is not read for that, unless a
    // snapshot says what must be in it. So damage that is in a shared file, or comes to it, is
    // damage to both stores: verify() finds it.
    bool share_files = false;
    // As in SnapshotOptions.
    std::function<void(const CopyProgress&)> progress{};
    std::stop_token stop{};
};

struct RestoreReport {
    LogId log_id{};    // of the restored store
    LogId restored{};  // of the log that it continues: another one, unless it is the same log
    Sequence end{};    // it holds the events before this one
    std::uint64_t segments = 0;
    std::uint64_t bytes = 0;
    std::uint64_t bytes_shared = 0;  // of them, in files of the source
    bool stopped = false;            // RestoreOptions::stop was requested: there is no store
};

// `snapshot`: its directory, and the environment in which both are.
[[nodiscard]] Result<RestoreReport> restore(const StoreConfig& snapshot,
                                            const std::string& destination,
                                            const RestoreOptions& options = {});

}  // namespace batpak
