// GroupMoved and GroupCheckpoint: what a consumer group writes into the log.
//
// Their stream is "batpak:group:<id>" in batpak's own scope. A move says what one event of the
// region is from then on, whatever it was; so to apply moves twice, in their order, changes
// nothing. A checkpoint says what all of them are, as of a place in the log.
//
// Threads: immutable values
// Errors:  none
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "batpak/base/hash.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/event/fields.hpp"
#include "batpak/event/system_kinds.hpp"

namespace batpak::delivery {

inline constexpr std::string_view kGroupEntityPrefix = "batpak:group:";

// As stored.
enum class GroupMove : std::uint8_t { Acknowledged = 0, Retried = 1, Parked = 2, Replayed = 3 };

struct GroupMoved {
    static constexpr auto kind = system_kinds::kGroupMoved;
    using required = batpak::all_fields;

    GroupMove move = GroupMove::Acknowledged;
    Sequence event;
    std::uint32_t attempts = 0;
    std::string reason;
};

struct OpenEntry {
    using required = batpak::all_fields;

    Sequence event;
    std::uint32_t attempts = 0;
};

struct ParkedEntry {
    using required = batpak::all_fields;

    Sequence event;
    std::uint32_t attempts = 0;
    std::string reason;
};

struct GroupCheckpoint {
    static constexpr auto kind = system_kinds::kGroupCheckpoint;
    using required = batpak::all_fields;

    Hash region;                    // over the region of the group
    Sequence folded;                // moves before this place are in it
    Sequence low;                   // what of the region lies before it is settled, but for `open`
    std::vector<Sequence> settled;  // from `low` on
    std::vector<OpenEntry> open;    // retried or replayed
    std::vector<ParkedEntry> parked;
};

}  // namespace batpak::delivery
