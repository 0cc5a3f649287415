// PruneIntended and Pruned: what an erasure of payloads writes into the log.
//
// Their stream is "batpak:maintenance" in batpak's own scope. An intent erases nothing until a
// MANIFEST puts it in force (Prune in log/manifest.hpp). Each names the one before it that was put
// in force, so all that are can be found from the last.
//
// Threads: immutable values
// Errors:  none
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "batpak/base/bytes.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/event/fields.hpp"
#include "batpak/event/system_kinds.hpp"

namespace batpak::store {

inline constexpr std::string_view kMaintenanceEntity = "batpak:maintenance";

// What goes. As stored.
enum class PruneLevel : std::uint8_t { Payloads = 1 };

struct PruneIntended {
    static constexpr auto kind = system_kinds::kPruneIntended;
    using required = batpak::all_fields;

    PruneLevel level = PruneLevel::Payloads;
    std::string reason;
    Bytes sequences;           // a SequenceSet
    std::uint64_t events = 0;  // in it
    std::optional<Sequence> previous;
};

// Of so many ranges one record tells at most, in a store whose payloads have so many bytes: a range
// takes at most 20 bytes, and what else is in the record less than 2 KiB.
constexpr std::size_t ranges_of_record(std::uint32_t payload_bytes_max) noexcept {
    constexpr std::uint32_t kOtherBytes = 2048;
    constexpr std::uint32_t kRangeBytesMax = 20;
    constexpr std::size_t kRangesMax = 50'000;
    const std::uint32_t room =
        payload_bytes_max > kOtherBytes ? payload_bytes_max - kOtherBytes : 0;
    return std::clamp<std::size_t>(room / kRangeBytesMax, 1, kRangesMax);
}

struct Pruned {
    static constexpr auto kind = system_kinds::kPruned;
    using required = batpak::all_fields;

    Sequence intent;
    std::uint64_t segments = 0;  // that were rewritten by the run that finished it
    std::uint64_t bytes = 0;     // of these, that are gone
};

}  // namespace batpak::store
