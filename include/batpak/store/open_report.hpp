// OpenReport: what open() found, and what it did about it.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "batpak/base/error.hpp"
#include "batpak/base/sequence.hpp"

namespace batpak {

// The end of the log that a crash left unfinished, and that was cut off. Nothing in the files
// testified that anything in it was durable; damage to the group that was synced last, before
// anything was written behind it, leaves no more witness than a torn write does.
struct CutTail {
    std::uint64_t segment_id = 0;
    std::uint64_t offset = 0;   // where it was cut
    std::uint64_t bytes = 0;    // how much was cut
    Sequence first_sequence{};  // the sequence that the first event cut would have had
    std::string saved_to{};     // a copy, relative to the store; empty if opened read-only
};

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
    // Why the store's last event cannot be read, if a writer found it damaged: appends go on behind
    // it, but for those to the entity that it belongs to.
    std::optional<Error> last_event{};
    std::vector<std::string> ignored{};  // files that are none of the store's
    std::chrono::nanoseconds took{0};
};

}  // namespace batpak
