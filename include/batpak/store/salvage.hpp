// salvage: makes a new store of all that can be read of a damaged one.
//
//     auto report = batpak::salvage(StoreConfig("./broken"), "./saved").value();
//     for (const LostEvents& lost : report.lost) fmt::print("{} events\n", lost.count);
//
// For the day when there is no snapshot, or none that is new enough: restore() and repair() come
// first. The store need not open, and may lack its MANIFEST and any of its segments. It is only
// read: nothing in it changes. Nothing may write to it meanwhile.
//
// A part of a file that the disk cannot read costs what is in it, and no more. A file that the
// caller may not open, or that the machine has no descriptor or memory for, costs nothing: salvage
// ends with that error.
//
// An event is taken if its frame's checksum holds, if it keeps the rules of the format, and if its
// hash is right, where the event before it in its stream is there to compute it with. A batch is
// taken whole or not at all. What is taken keeps its sequence, id, times, coordinate, causes,
// correlation, idempotency key, tags, metadata and payload. In the place of each lost event is a
// system event, system_kinds::kEventLost: so no other event moves, and a sequence that a cursor or
// a person has noted is still that of the same event.
//
// Events at the end of the log that left no trace in its segments are known to be lost if an index
// tells of them, as one does that was written at a close.
//
// What was erased stays so: the event is taken without its payload, also if the record of the
// erasure is lost, or an erasure that is in force was not finished. Where no MANIFEST says which
// are in force, each record of one counts.
//
// The new store is a log of its own, from the first lost event on: events before that keep their
// hashes and versions, and positions and roots of the old log are valid up to there. The events
// behind it get new hashes, and lower versions where an event of their stream is lost. Its last
// event, system_kinds::kSalvaged, says from which logs the others came.
//
// Threads: thread-safe
// Errors:  NotAStore; BadDestination, StoreLocked, DiskFull, Io: of the destination, which then
//          holds no store; FutureFormat; Unsupported: the events have hashes, and this build none;
//          Io, OutOfMemory: a file could not be read, and that is no damage
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "batpak/base/error.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/result.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/store/config.hpp"
#include "batpak/store/snapshot.hpp"

namespace batpak {

struct SalvageOptions {
    // As in SnapshotOptions. Each file is read twice, and counts twice.
    std::function<void(const CopyProgress&)> progress{};
    std::stop_token stop{};
};

// Events that stood in a row, and where.
struct LostEvents {
    Sequence first{};
    // 0: damage behind the last event, in which there may have been more, or none.
    std::uint64_t count = 0;
    std::string file{};        // relative to the store; empty if no file was there for them
    std::uint64_t offset = 0;  // where in it the damage starts
    std::uint64_t bytes = 0;   // how many bytes are no event that was taken
};

struct SalvageReport {
    LogId log_id{};              // of the new store
    Sequence unchanged_end{};    // the events before this one have their hashes and versions
    Sequence end{};              // the new store holds the events before this one
    std::uint64_t events = 0;    // that were taken
    std::uint64_t unproved = 0;  // of them: the hash could not be checked
    std::uint64_t segments = 0;  // of the new store
    std::uint64_t bytes = 0;     // of these segments
    std::vector<LostEvents> lost{};
    std::vector<Error> damage{};  // all that was found wrong, whether or not it cost an event
    bool stopped = false;         // SalvageOptions::stop was requested: there is no store
};

// `store`: its directory, the environment in which both are, and the size of the new segments.
[[nodiscard]] Result<SalvageReport> salvage(const StoreConfig& store,
                                            const std::string& destination,
                                            const SalvageOptions& options = {});

}  // namespace batpak
