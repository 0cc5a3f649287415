// scrub: reads every frame of a store from its files, and lists all that is damaged.
//
//     ScrubOptions options;
//     options.from = last_night.next;                                // where the last one ended
//     auto report = batpak::scrub(StoreConfig("./batpak-data"), options).value();
//     for (const Error& damage : report.damage) fmt::print("{}\n", damage.to_string());
//
// Disks lose bytes that no program reads. verify() of an open store says whether all is well, and
// ends at the first thing that is not; a scrub goes on after it, needs no store that opens, and can
// be done in pieces: so many bytes a second, some hours each night. It checks of each event what
// salvage() would ask of it: the frame, the form, its place, its id and time, its hash. It does not
// check indexes, which can be made again; but what one knows to have been at the end of the log,
// and is not there, is lost.
//
// It only reads, takes no lock, and may run beside a program that writes: a frame that is being
// written is no damage. The pace is the caller's: what `progress` waits, the scrub waits.
//
// Threads: thread-safe
// Errors:  NotAStore, FutureFormat; InvalidArgument: the range does not lie in the log; Io,
//          OutOfMemory if the folder cannot be listed, or a file cannot be opened or read for want
//          of rights, descriptors or memory. Damage is in the report, and with it what the disk
//          cannot read.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "batpak/base/error.hpp"
#include "batpak/base/result.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/store/config.hpp"
#include "batpak/store/salvage.hpp"

namespace batpak {

struct ScrubProgress {
    std::uint64_t bytes = 0;  // that were read so far
    std::uint64_t bytes_total = 0;
    Sequence next{};            // as ScrubReport::next
    std::uint64_t damaged = 0;  // findings so far
};

struct ScrubOptions {
    // The segments in which the events [from, end) are; no end: up to the last one. The end may be
    // behind the last event, the begin not.
    Sequence from{};
    std::optional<Sequence> end{};
    // Called on the thread that scrubs, after each piece of at most a megabyte and a frame. It may
    // wait, and must not throw.
    std::function<void(const ScrubProgress&)> progress{};
    // Asked as often. The segment that was not finished is left out of the report.
    std::stop_token stop{};
};

struct ScrubReport {
    Sequence from{};             // the first event of the first segment that was read
    Sequence next{};             // where to go on: the first event that was not looked at
    std::uint64_t events = 0;    // that are whole
    std::uint64_t unproved = 0;  // of them: the one before it is lost, so its hash says nothing
    std::uint64_t segments = 0;
    std::uint64_t bytes = 0;       // of these segments
    std::uint64_t tail_bytes = 0;  // at the end of the last one: torn, or being written
    // The events that are not whole, by the segments in which they are, as a salvage would report
    // them; and each finding, with its place. MANIFEST and headers are looked at each time.
    std::vector<LostEvents> lost{};
    std::vector<Error> damage{};
    bool stopped = false;  // ScrubOptions::stop was requested before the end
};

// `store`: its directory, and the environment in which it is.
[[nodiscard]] Result<ScrubReport> scrub(const StoreConfig& store, const ScrubOptions& options = {});

}  // namespace batpak
