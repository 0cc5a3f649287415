// LogCopy: makes a store of what a log was at one moment, in another directory.
//
//     segments, each durable under a temporary name -> their names -> SNAPSHOT, of a snapshot
//       -> a new segment to go on with -> MANIFEST: from then on there is a store
//
// A power cut before the MANIFEST leaves no store, and what it leaves is refused by open(); one
// after it leaves a whole one (INV K1). The source is only read.
//
// Threads: thread-safe; one copy at a time into one directory
// Errors:  BadDestination, StoreLocked, DiskFull, Io; of the source: CorruptFrame, CorruptSegment,
//          ForeignSegment, MissingSegment; CorruptSnapshot if it is not what its record says
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "batpak/base/id.hpp"
#include "batpak/base/result.hpp"
#include "batpak/store/config.hpp"
#include "batpak/store/snapshot.hpp"
#include "store/copy/log_moment.hpp"
#include "store/copy/snapshot_record.hpp"

namespace batpak::store {

struct CopyOrder {
    bool is_snapshot = false;
    // A new era begins where the copy ends, and this is its log. Absent: the copy is the same log.
    std::optional<LogId> new_log{};
    // What the files of the source must be; null if nothing says so. Borrows: until copy_log()
    // returns.
    const SnapshotRecord* expected = nullptr;
    // Whether whole segments may be files of the source; only of a copy with a `new_log`.
    bool shares_source = false;
    std::string previous{};  // directory of a snapshot to share files with; empty: none
    std::function<void(const CopyProgress&)> progress{};
    std::stop_token stop{};
};

// `destination`: the directory, and the environment to make it in. After an error the destination
// holds no store, and nothing that is in the way of another try.
[[nodiscard]] Result<SnapshotReport> copy_log(StoreDirectory& source, const LogMoment& moment,
                                              const StoreConfig& destination,
                                              const CopyOrder& order);

}  // namespace batpak::store
