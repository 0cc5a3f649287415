// ReactionKey: the idempotency key of a reaction, which says what it is a reaction to.
//
//     batpak:reaction:<depth>:<sequence of the source>:<reactor's id>:<ordinal>
//
// It travels with the event, so that anybody who reads it can tell whose reaction it is and how
// long the chain of reactions before it is, without looking at its causes.
//
// Threads: immutable value
// Errors:  none; what has no such form is no reaction
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "batpak/base/hash.hpp"
#include "batpak/base/sequence.hpp"

namespace batpak::delivery {

struct ReactionKey {
    std::uint32_t depth = 1;  // 1: its source is no reaction
    Sequence source;
    std::string_view reactor;  // borrowed

    static std::optional<ReactionKey> parse(std::string_view key);
    // Everything before the ordinal.
    std::string prefix() const;
};

// The key of the reactor's position in the same batch.
std::string position_key(std::string_view reactor, const Hash& digest);

}  // namespace batpak::delivery
