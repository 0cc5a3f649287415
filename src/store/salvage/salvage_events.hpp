// The events that a salvage writes: one in each place of an event that is lost, and one at the end
// that says where all the others came from.
//
// A lost event's place is kept, because numbers of places stand everywhere: in positions of cursors
// and groups, in reactions, in receipts. If the next events moved up, all of these would name other
// events than they did, and nobody would notice.
//
// Threads: immutable values
// Errors:  none
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "batpak/base/sequence.hpp"
#include "batpak/event/fields.hpp"
#include "batpak/event/system_kinds.hpp"
#include "store/erasure/prune_events.hpp"

namespace batpak::store {

inline constexpr std::string_view kLostEntity = "batpak:lost";

// What stood here could not be salvaged, from the log of that id. Ids are texts, to be read where
// events are listed.
struct EventLost {
    static constexpr auto kind = system_kinds::kEventLost;
    using required = batpak::all_fields;

    std::string log;
};

// One of the logs of which events were taken: those from `first` on, up to the next one.
struct SalvagedEra {
    Sequence first;
    std::string log;
};

// All events before this one, but those that are EventLost, have the sequence that they had. Those
// before `unchanged_end` have all else too; of those behind it the hash is another, and the
// version, where an event of their stream is lost.
struct Salvaged {
    static constexpr auto kind = system_kinds::kSalvaged;
    using required = batpak::all_fields;

    std::vector<SalvagedEra> eras;
    Sequence unchanged_end;
    std::uint64_t events = 0;
    std::uint64_t lost = 0;
    std::uint64_t unproved = 0;  // whose hash could not be checked: the one before it is lost
};

}  // namespace batpak::store
