// EventCopy: everything that a read shows of an event, owned, to compare one read with another.
//
// Threads: immutable value
// Errors:  none; copies_of() throws if the store does not show every event
#pragma once

#include <string>
#include <vector>

#include "batpak/store/store.hpp"

namespace batpak::testing {

struct EventCopy {
    explicit EventCopy(const EventView& view);

    bool is(const EventView& view) const;
    // One JSON object, with the names that tests/format/reader.py uses.
    std::string to_json() const;

    Position position;
    EventHeader header;
    std::string entity;
    std::string scope;
    Bytes metadata;
    Bytes payload;
    Hash hash;
    std::uint32_t batch_index;
    std::uint32_t batch_count;
    bool erased;
    std::uint32_t erased_bytes;
};

// All events of a store.
std::vector<EventCopy> copies_of(const StoreReads& store);

}  // namespace batpak::testing
