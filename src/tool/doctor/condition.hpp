// Condition: what can be seen of a store and of what is around it, in about the time that an open
// takes. Nothing is judged yet (symptoms.hpp).
//
// It is found read-only: no lock is taken, nothing is written, and a program may write meanwhile.
//
// Threads: the functions are thread-safe
// Errors:  examine(): NotAStore; Io, if the files cannot be read at all. Damage is in the condition
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "batpak/base/result.hpp"
#include "batpak/store/read_only_store.hpp"
#include "store/index/index_store.hpp"
#include "tool/doctor/lock_holder.hpp"
#include "tool/doctor/mount.hpp"

namespace batpak::tool {

// Who but its owner may write to files of the store.
struct WritableFiles {
    std::uint64_t count = 0;
    std::string first{};        // relative to the store; "." is its directory
    bool by_everybody = false;  // else by a group
};

// So many files, of so many bytes.
struct FileSum {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
};

// The latest events tell what the clock did.
struct ClockTrace {
    static constexpr std::uint64_t kEventsMax = 1000;

    std::uint64_t events = 0;        // that were looked at
    std::int64_t last_us = 0;        // the time of the last event
    std::int64_t behind_us_max = 0;  // how far a clock stood behind the time of an event before
    Sequence behind_at{};            // the event at which it did
};

struct Condition {
    std::string directory{};
    std::int64_t now_us = 0;

    // Why a reader cannot open it; then most of the rest is not known.
    std::string active{};  // the segment that is appended to, as the place of errors; if known
    std::optional<Error> refused{};
    std::optional<LogId> log_id{};
    std::uint64_t events = 0;
    std::uint64_t durable_events = 0;
    bool has_hashes = false;
    bool is_snapshot = false;
    std::uint32_t manifest_version = 0;  // of the format; 0: not known
    std::optional<LockHolder> holder{};
    std::optional<ClockTrace> clock{};

    FileSum segments{};
    FileSum index{};
    FileSum lost{};               // what writers have put aside
    std::uint64_t gone = 0;       // left by a compaction
    std::uint64_t unlisted = 0;   // left by a rotation, or none of the store's
    std::vector<Error> damage{};  // that the ends and headers of segment files show
    std::vector<std::string> foreign{};
    std::optional<CutTail> tail{};
    std::optional<Sequence> erasure_pending{};
    bool manifests_differ = false;
    store::IndexSurvey indexes{};
    std::uint64_t sealed = 0;  // segments
    std::uint64_t sealed_if_merged = 0;

    std::optional<std::uint64_t> free_bytes{};  // for this user
    std::optional<std::uint64_t> disk_bytes{};
    std::optional<Mount> mount{};
    std::uint64_t day_bytes = 0;  // that the events of the last day take, about
    std::uint64_t week_bytes = 0;
    WritableFiles writable{};
};

[[nodiscard]] Result<Condition> examine(const std::string& directory, std::int64_t now_us);

}  // namespace batpak::tool
