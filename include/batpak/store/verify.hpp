// VerifyReport: what a check of a store found, of all of it or of a part (VerifyOptions).
//
// It finds damage, what breaks a rule of docs/FORMAT.md, and events that are not what was hashed
// when they were appended. Hashes need no secret: if an event was changed and its hash was
// recomputed, along with those after it in its stream, only a root that was kept elsewhere shows
// it. For the last event of a stream, that is one frame.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>

#include "batpak/base/error.hpp"
#include "batpak/base/hash.hpp"
#include "batpak/base/sequence.hpp"

namespace batpak {

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

struct VerifyReport {
    Sequence from{};           // the first that was checked
    std::uint64_t events = 0;  // that were checked and found whole, from there on
    std::uint64_t segments = 0;
    std::uint64_t bytes = 0;  // of frames
    bool stopped = false;     // VerifyOptions::stop was requested before the end
    bool hashes_checked = false;
    Hash root{};  // over those events; zero without hashes, and if not from the first on
    // The first thing that is wrong, with segment, offset and sequence; nothing if all is well.
    std::optional<Error> damage{};
};

}  // namespace batpak
