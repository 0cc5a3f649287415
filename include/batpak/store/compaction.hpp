// Compaction: makes few segments of many, while appends and reads go on.
//
//     CompactionReport report = store.compact().value();
//     std::uint64_t fewer = report.segments_before - report.segments_after;
//
// Merge rewrites sealed segments that follow one another into one. No event changes: sequences,
// versions, ids, times, keys, hashes and the root are what they were, and so are all answers. Each
// new segment is read back and compared before it takes the place of the old ones, in one step; a
// crash leaves the old ones or the new one. Readers of this store and of other processes go on
// where they are.
//
// Threads: immutable values; plan_compaction() is thread-safe
// Errors:  plan_compaction: InvalidArgument, and those of opening the store for reading
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>

#include "batpak/base/result.hpp"
#include "batpak/store/config.hpp"
#include "batpak/store/snapshot.hpp"

namespace batpak {

// Which segments become one: sealed ones that follow one another and are of one era, each of at
// most half of `bytes_max`, together of at most `bytes_max`.
struct Merge {
    static constexpr std::uint64_t kBytesMaxDefault = std::uint64_t{1} << 30;
    static constexpr std::uint64_t kBytesMaxLimit = std::uint64_t{1} << 31;

    std::uint64_t bytes_max = kBytesMaxDefault;  // 4096 to kBytesMaxLimit
    std::uint64_t segments_min = 2;              // fewer are left alone; at least 2
    // Called on the thread that compacts, after each megabyte. It must not throw, nor end the
    // store.
    std::function<void(const CopyProgress&)> progress{};
    // Asked as often: what was not finished by then is left as it was.
    std::stop_token stop{};
};

struct CompactionReport {
    std::uint64_t segments_before = 0;  // sealed ones
    std::uint64_t segments_after = 0;
    std::uint64_t bytes_before = 0;  // of these
    std::uint64_t bytes_after = 0;
    std::uint64_t segments_merged = 0;  // that were replaced
    std::uint64_t segments_made = 0;    // in their place
    bool stopped = false;               // Merge::stop was requested
    // Files that are no part of the log any more are still there, because a snapshot is being made,
    // or because they could not be removed. The next compact() or open() removes them.
    bool cleanup_pending = false;
};

// What compact() would do now. The sizes after it are not known then, and are given as the sums of
// what would be merged. Changes nothing, and works beside a writer.
[[nodiscard]] Result<CompactionReport> plan_compaction(const StoreConfig& store,
                                                       const Merge& merge = {});

}  // namespace batpak
