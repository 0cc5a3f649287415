// FbatEvent: what an import remembers of one event of the source, without its payload: so that a
// store of any size is judged as a whole before anything is written.
//
// Threads: immutable values, as long as they are not changed
// Errors:  none
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "batpak/base/hash.hpp"
#include "batpak/base/id.hpp"

namespace batpak::tool {

// What becomes of an event.
enum class FbatFate : std::uint8_t {
    Kept,         // it is imported
    Lifecycle,    // the store's own record of an open or a close
    Hidden,       // cancelled, after it was written
    Twin,         // the same event once more
    Aborted,      // of a batch that was not finished: a later event has its place
    Open,         // of the batch that was being written when the log ended
    Unproved,     // of a batch that was not finished, or an event alone: nothing tells
    BrokenBatch,  // of a batch that is damaged: none of it is taken
    Conflict,     // another event has its id
    Unfit,        // batpak cannot hold it
};
inline constexpr std::size_t kFbatFates = 10;

// "aborted"; as the report has it.
std::string_view to_string(FbatFate fate) noexcept;
// Whether an event that was acknowledged may be missing.
bool is_loss(FbatFate fate) noexcept;

enum class FbatHashCheck : std::uint8_t {
    Checked,        // it is the hash of the payload
    Absent,         // there is none
    Differs,        // it is another
    NotComparable,  // a compaction has put a value in the place of the payload
};
inline constexpr std::size_t kFbatHashChecks = 4;

// "checked"; as metadata and the report have it.
std::string_view to_string(FbatHashCheck check) noexcept;

struct FbatEvent {
    IdBytes id{};
    IdBytes correlation{};
    IdBytes causation{};  // nil if none
    Hash previous{};
    Hash hash{};
    std::uint64_t offset = 0;
    std::uint64_t sequence = 0;  // its place in the source
    std::uint32_t file = 0;      // of FbatSource::files()
    std::uint32_t stream = 0;    // of its entity and lane
    std::uint32_t version = 0;
    std::uint32_t payload_bytes = 0;
    std::uint32_t unit = 0;  // of FbatPlan::units, if it is kept
    std::uint16_t kind = 0;
    FbatFate fate = FbatFate::Kept;
    FbatHashCheck hash_check = FbatHashCheck::Absent;
    bool is_counted = false;  // nothing in the source says its sequence: it was counted
    bool is_encrypted = false;
    // Others of its story come before it, or with it: the story keeps its old id.
    bool keeps_story_id = false;
};

// Events that were written between a marker that begins a batch and what ended it.
struct FbatBatch {
    std::uint64_t first_sequence = 0;  // the id of its markers
    std::size_t first = 0;             // of all events
    std::size_t end = 0;
    std::uint32_t claimed = 0;  // how many events it was to have
    bool is_committed = false;
    bool is_broken = false;
    bool counts_on = false;  // later places tell how many events were committed since it began
};

}  // namespace batpak::tool
