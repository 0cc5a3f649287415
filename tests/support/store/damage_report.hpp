// DamageReport: what a store that was damaged shows, against what was stored in it.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <set>
#include <string>
#include <vector>

#include "support/store/event_copy.hpp"

namespace batpak::testing {

struct DamageReport {
    // Events that answer with a typed error of class Refused in their place.
    std::set<std::uint64_t> unreadable;
    // Errors of such events in ranges that do not have them.
    std::uint64_t extra_errors = 0;
    // A range ended with such an error, because nobody knows what came behind.
    bool ends_early = false;
    // What verify() found.
    bool verified = false;
    // The first thing that no store may ever show: events that are missing, too many, or not what
    // was stored, and errors of another class. Empty if there is none.
    std::string forbidden;

    bool is_identical() const { return forbidden.empty() && unreadable.empty() && !ends_early; }
};

enum class ReportDepth : std::uint8_t {
    Streams,     // all events, then each entity's
    Everything,  // besides, backwards, and by scope and kind
};

// Reads, verifies, and compares with the first `count` of `expected`.
DamageReport examine(const StoreReads& store, const std::vector<EventCopy>& expected,
                     std::size_t count, ReportDepth depth);

}  // namespace batpak::testing
