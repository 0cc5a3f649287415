// What a log must be after payloads of it were erased, and where no byte of them may be.
//
// Threads: thread-safe
// Errors:  the problem, in words; empty if there is none
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "batpak/testing/simulated_file_system.hpp"
#include "support/store/event_copy.hpp"

namespace batpak::testing {

// Whether the event is the one that was copied, without its payload.
inline bool is_erased_copy(const EventCopy& before, const EventView& now) {
    EventView rest = now;
    rest.payload = before.payload;
    rest.erased = false;
    rest.erased_bytes = 0;
    return before.is(rest) && now.erased && now.payload.empty() &&
           now.erased_bytes == before.payload.size();
}

// Whether the log begins with `before`, in which just the events at `erased` have no payload.
inline std::string problem_of_erased(const StoreReads& store, const std::vector<EventCopy>& before,
                                     const std::set<std::uint64_t>& erased) {
    std::size_t at = 0;
    for (const auto& event : store.query(Region::all())) {
        if (!event) return event.error().to_string();
        if (at == before.size()) break;
        const bool is_right = erased.contains(at) ? is_erased_copy(before[at], *event)
                                                  : before[at].is(*event) && !event->erased;
        if (!is_right) return "event " + std::to_string(at) + " is not as it should be";
        ++at;
    }
    return at == before.size() ? "" : "events are missing";
}

// A file that has these bytes, of any directory; empty if none has.
inline std::string file_with(const SimulatedFileSystem& disk, BytesView bytes) {
    for (const std::string& path : disk.file_paths()) {
        const Bytes content = disk.contents(path).value();
        if (std::ranges::search(content, bytes).begin() != content.end()) return path;
    }
    return "";
}

// So many bytes that nothing else on a disk has by chance, different for each number.
inline Bytes secret(std::uint64_t number, std::size_t bytes = 16) {
    Bytes made;
    std::uint64_t state = number * 0x9E37'79B9'7F4A'7C15 + 0xD1B5'4A32'D192'ED03;
    while (made.size() < bytes) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        made.push_back(static_cast<std::byte>(state >> 32));
    }
    return made;
}

}  // namespace batpak::testing
