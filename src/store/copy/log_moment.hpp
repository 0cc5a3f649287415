// LogMoment: where the log ended at one moment, when all of it was durable.
//
// What is in the files before that end never changes: so they can be copied while appends go on,
// and the copy is the log of that moment.
//
// Threads: immutable value
// Errors:  moment_before: InvalidArgument, CorruptFrame, and those of opening a segment
#pragma once

#include <cstdint>
#include <vector>

#include "batpak/base/result.hpp"
#include "store/log/manifest.hpp"
#include "store/log/store_directory.hpp"

namespace batpak::store {

struct LogMoment {
    Manifest manifest;
    Sequence end;
    std::uint64_t active_bytes = 0;  // of the active segment: its header, and frames up to `end`

    // All segments that hold frames, as they would be if the log ended here for good.
    std::vector<SealedSegment> segments() const;
};

// The same log when it held the events before `end` and no others.
// Errors: InvalidArgument if it never ended there: a batch is there whole, or not at all.
[[nodiscard]] Result<LogMoment> moment_before(StoreDirectory& directory, LogMoment moment,
                                              Sequence end);

}  // namespace batpak::store
