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
//     Tombstone tombstone("request 4711");
//     tombstone.region = Region::entity("customer:17");
//     CompactionReport report = store.compact(tombstone).value();
//
// Tombstone erases payloads, for good, and keeps all else of their events. It is said in the log
// first; from then on reads answer that these payloads are erased. A crash after that leaves an
// erasure that the next compact() finishes.
//
// Threads: immutable values; plan_compaction() is thread-safe
// Errors:  plan_compaction: InvalidArgument, EventNotFound, and those of opening the store for
//          reading
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "batpak/base/id.hpp"
#include "batpak/base/result.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/coordinate/region.hpp"
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

// Whose payloads are erased: of the events in `region`, and of those that `ids` names. batpak's own
// records (category 0x0) are never among them. What is left of an event is its header, coordinate,
// metadata, tags, key, place and hashes, and the length of its payload: so every receipt, proof,
// checkpoint and root stays good, and a retry under its idempotency key is still known, by all but
// the bytes of the payload.
//
// Erased is what this store's directory holds: the segments, and all files under lost/. States that
// a Projector keeps are not used any more, and go when it is next asked about this store.
// Other copies are not reached: snapshots, read models, programs that have read the events, and
// blocks that the disk has not used again.
struct Tombstone {
    static constexpr std::size_t kReasonBytesMax = 1024;

    explicit Tombstone(std::string why) : reason(std::move(why)) {}

    std::string reason;  // is kept in the log; 1 to kReasonBytesMax bytes of UTF-8
    Region region = Region::none();
    std::vector<EventId> ids{};  // of events that are there
    // As those of Merge. Before the erasure is said in the log, a stop changes nothing; after that
    // it is left pending.
    std::function<void(const CopyProgress&)> progress{};
    std::stop_token stop{};
};

// What compact() is asked for: to merge segments, or to erase payloads; else Merge{}.
// Borrows: what it is made of, so give it to a call and do not keep it.
class Compaction {
public:
    Compaction() noexcept = default;
    Compaction(const Merge& merge) noexcept : merge_(&merge) {}
    Compaction(const Tombstone& tombstone) noexcept : tombstone_(&tombstone) {}

    // The one of the two that was given; null if it was not.
    const Merge* merge() const noexcept { return merge_; }
    const Tombstone* tombstone() const noexcept { return tombstone_; }

private:
    const Merge* merge_ = nullptr;
    const Tombstone* tombstone_ = nullptr;
};

struct CompactionReport {
    std::uint64_t segments_before = 0;  // sealed ones
    std::uint64_t segments_after = 0;
    std::uint64_t bytes_before = 0;  // of these
    std::uint64_t bytes_after = 0;
    std::uint64_t segments_merged = 0;  // that were replaced
    std::uint64_t segments_made = 0;    // in their place
    bool stopped = false;               // `stop` was requested
    // Files that are no part of the log any more are still there, because a snapshot is being made,
    // or because they could not be removed. The next compact() or open() removes them.
    bool cleanup_pending = false;

    // Of a Tombstone, and of an erasure before it that had to be finished first.
    std::uint64_t events_erased = 0;       // whose payload was there until then
    std::uint64_t segments_rewritten = 0;  // without payloads
    // The record of an erasure that is not finished: reads answer PayloadErased, and the bytes are
    // still there. The next compact() goes on with it.
    std::optional<Sequence> erasure_pending{};
};

// What compact() would do now. Changes nothing, and works beside a writer. The sizes after a Merge
// are not known then, and are given as the sums of what would be merged. A Tombstone would erase
// `events_erased` payloads in `segments_rewritten` sealed segments, and in the active one, which
// would be sealed first.
[[nodiscard]] Result<CompactionReport> plan_compaction(const StoreConfig& store,
                                                       const Compaction& order = {});

}  // namespace batpak
