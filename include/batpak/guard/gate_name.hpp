// GateName and GateSetId: how a gate, and a set of gates, are named in the log.
//
// A gate has a name and a version, because a rule that changes is a different rule. The id of a set
// is a digest of the names and versions of its gates, in their order, so equal sets have equal ids
// in every process. It says nothing about what the gates do: that is what their versions are for.
//
// Threads: immutable values
// Errors:  none
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>

#include "batpak/base/detail/concat.hpp"
#include "batpak/base/hash.hpp"

namespace batpak {

struct GateName {
    static constexpr std::size_t kBytesMax = 64;

    std::string name{};  // 1 to kBytesMax bytes of UTF-8
    std::uint32_t version = 1;

    friend auto operator<=>(const GateName&, const GateName&) = default;
};

struct GateSetId {
    Hash digest{};

    friend auto operator<=>(const GateSetId&, const GateSetId&) = default;
};

// "name v2".
inline std::string to_string(const GateName& gate) {
    return detail::concat({gate.name, " v", std::to_string(gate.version)});
}
inline std::string to_string(const GateSetId& id) { return to_string(id.digest); }

}  // namespace batpak
