// Recovery: from the files of a store to a log that may be appended to, or a typed refusal.
//
// Every open takes this way, clean or not; there is no other code for crashes. The writer and the
// reader take recover() alike, which judges and changes nothing, but that the writer makes a store
// where there is none. What the writer changes, it changes in open_for_append(), when nothing is
// left that could refuse the store (INV R2): it removes what a rotation left, cuts a torn tail and
// syncs.
//
// Threads: the functions are thread-safe on different stores
// Errors:  NotAStore, CorruptManifest, MissingSegment, ForeignSegment, CorruptSegment,
// FutureFormat,
//          UnlistedSegment, LostDurableEvents, RolledBack, Io, DiskFull
#pragma once

#include <memory>
#include <vector>

#include "batpak/store/config.hpp"
#include "batpak/store/reports.hpp"
#include "store/frame/frame_heads.hpp"
#include "store/index/index_store.hpp"
#include "store/log/store_directory.hpp"
#include "store/open/log_state.hpp"
#include "store/view/snapshot.hpp"

namespace batpak::store {

struct RecoveredLog {
    Manifest manifest;
    Snapshot snapshot;
    SegmentHeader active_header;
    std::uint64_t active_end = 0;               // behind the last frame that counts
    std::shared_ptr<MemoryIndex> active_index;  // of what the scan found; it goes on from there
    Sequence next;
    Sequence testified_end;  // how many events the frames themselves say are durable
    // Behind it may be what is in the cache only.
    std::uint64_t testified_offset = 0;
    bool ends_with_mark = false;
    // Where the scan of the active segment began, and the heads of the frames that it took.
    std::uint64_t scan_begin = 0;
    FrameHeads heads;
    OpenReport report;
    std::vector<std::string> leftovers;  // files in segments/ that a crash left and nobody needs
};

struct RecoveryParts {
    const StoreConfig& config;
    StoreDirectory& directory;
    SegmentFiles& files;
    IndexStore& indexes;
    const KeyHash& key_hash;
};

// Makes the store if there is none and the directory is writable.
[[nodiscard]] Result<RecoveredLog> recover(const RecoveryParts& parts);

// The writer for the active segment of what recover() gave, with the tail cut off and everything in
// it synced. Says in the report where the tail was saved to.
[[nodiscard]] Result<std::unique_ptr<SegmentWriter>> open_for_append(const RecoveryParts& parts,
                                                                     RecoveredLog& log);

}  // namespace batpak::store
