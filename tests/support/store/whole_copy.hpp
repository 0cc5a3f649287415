// What a copy of a store must be: the events of the other, no more and no fewer, all of it whole.
//
// Threads: thread-safe
// Errors:  the problem, in words; empty if there is none
#pragma once

#include <string>

#include "batpak/store/read_only_store.hpp"
#include "support/store/event_copy.hpp"

namespace batpak::testing {

// Whether the store of `config` has exactly these events, and verifies.
inline std::string problem_of_copy(const StoreConfig& config,
                                   const std::vector<EventCopy>& expected) {
    const auto copy = ReadOnlyStore::open(config);
    if (!copy) return "it does not open: " + copy.error().to_string();
    if (copy->visible_end().value != expected.size())
        return "it has " + to_string(copy->visible_end()) + " events";
    if (copy->durable_end() != copy->visible_end()) return "not all of it is durable";
    std::size_t at = 0;
    for (const auto& event : copy->query(Region::all())) {
        if (!event) return event.error().to_string();
        if (!expected[at].is(*event)) return "event " + std::to_string(at) + " is another";
        ++at;
    }
    const auto report = copy->verify();
    if (!report) return "it is not verified: " + report.error().to_string();
    return report->damage ? report->damage->to_string() : "";
}

}  // namespace batpak::testing
