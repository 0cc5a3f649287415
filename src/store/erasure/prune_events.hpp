// PruneIntended and Pruned: what an erasure of payloads writes into the log.
//
// Their stream is "batpak:maintenance" in batpak's own scope. An intent erases nothing until a
// MANIFEST puts it in force (Prune in log/manifest.hpp). Each names the one before it that was put
// in force, so all that are can be found from the last.
//
// Threads: immutable values
// Errors:  none
#pragma once

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

struct Pruned {
    static constexpr auto kind = system_kinds::kPruned;
    using required = batpak::all_fields;

    Sequence intent;
    std::uint64_t segments = 0;  // that were rewritten by the run that finished it
    std::uint64_t bytes = 0;     // of these, that are gone
};

}  // namespace batpak::store
