// Reports: what a store says of itself: of its opening, of a check, of its work, and of its end.
//
// Threads: immutable values
// Errors:  none
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "batpak/base/error.hpp"
#include "batpak/base/hash.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/sequence.hpp"

namespace batpak {

// The end of the log that a crash left unfinished, and that was cut off. Nothing in the files
// testified that anything in it was durable; damage to the group that was synced last, before
// anything was written after it, leaves no more witness than a torn write does.
struct CutTail {
    std::uint64_t segment_id = 0;
    std::uint64_t offset = 0;   // where it was cut
    std::uint64_t bytes = 0;    // how much was cut
    Sequence first_sequence{};  // the sequence that the first event cut would have had
    std::string saved_to{};     // a copy, relative to the store; empty if opened read-only
};

// What open() found, and what it did about it.
struct OpenReport {
    enum class Outcome : std::uint8_t {
        Created,    // there was no store
        Clean,      // it ended where it should
        Recovered,  // a torn tail was cut off: see `cut`
    };

    Outcome outcome = Outcome::Clean;
    // Whether the last writer closed it. Without that it is clean as well, if what it wrote last
    // was whole.
    bool was_closed = false;
    std::optional<CutTail> cut{};
    Sequence end{};  // events in the store
    std::uint64_t segments = 0;
    std::uint64_t frames_scanned = 0;  // events read because no index covered them
    // Why the store's last event cannot be read, if a writer found it damaged: appends go on after
    // it, but for those to the entity that it belongs to.
    std::optional<Error> last_event{};
    // The record of an erasure of payloads that a crash has interrupted: reads answer PayloadErased
    // already, and the next compact() finishes it.
    std::optional<Sequence> erasure_pending{};
    std::vector<std::string> ignored{};  // files that are none of the store's
    std::chrono::nanoseconds took{0};
};

struct VerifyProgress {
    std::uint64_t events = 0;  // that were checked so far
    std::uint64_t events_total = 0;
    std::uint64_t bytes = 0;  // of the segments that are finished
};

struct VerifyOptions {
    // The events [from, end). A check begins where the segment of `from` does; no end: at the last.
    Sequence from{};
    std::optional<Sequence> end{};
    // Called on the thread that verifies, about every 16,384 events and after each segment. It must
    // not throw.
    std::function<void(const VerifyProgress&)> progress{};
    // Asked as often: then the report says what was checked up to there.
    std::stop_token stop{};
};

// What a check of a store found, of all of it or of a part (VerifyOptions).
//
// It finds damage, what breaks a rule of docs/FORMAT.md, and events that are not what was hashed
// when they were appended. Hashes need no secret: if an event was changed and its hash was
// recomputed, along with those after it in its stream, only a root that was kept elsewhere shows
// it. For the last event of a stream, that is one frame.
struct VerifyReport {
    Sequence from{};           // the first that was checked
    std::uint64_t events = 0;  // that were checked and found whole, from there on
    std::uint64_t erased = 0;  // of these, whose payload was erased, as the log says
    std::uint64_t segments = 0;
    std::uint64_t bytes = 0;  // of frames
    bool stopped = false;     // VerifyOptions::stop was requested before the end
    bool hashes_checked = false;
    Hash root{};  // over those events; zero without hashes, and if not from the first on
    // The first thing that is wrong, with segment, offset and sequence; nothing if all is well.
    std::optional<Error> damage{};
};

// What a store says of itself while it is open. In a child after fork() only `events` and
// `durable_events` are filled in.
struct StoreStats {
    std::uint64_t events = 0;
    std::uint64_t durable_events = 0;
    std::uint64_t segments = 0;
    std::uint64_t writes = 0;           // of frames, since the store was opened
    std::uint64_t syncs = 0;            // for appends, since the store was opened
    std::uint64_t indexes_rebuilt = 0;  // from frames, because no index file would do
    std::uint64_t index_memory_bytes = 0;
    std::uint64_t subscriptions = 0;
    bool poisoned = false;
};

// What close() leaves: everything durable, and the store free for the next.
struct Closed {
    Sequence end;
    LogId log_id;
};

}  // namespace batpak
