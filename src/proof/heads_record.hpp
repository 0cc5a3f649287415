// HeadsRecorded: the event by which the log says what its heads are.
//
// Threads: immutable value
// Errors:  none; a payload of another form is an empty optional
#pragma once

#include <cstdint>
#include <optional>

#include "batpak/base/bytes.hpp"
#include "batpak/base/hash.hpp"
#include "batpak/event/fields.hpp"
#include "batpak/event/system_kinds.hpp"

namespace batpak::proof {

inline constexpr std::string_view kHeadsEntity = "batpak:heads";

struct HeadsRecorded {
    static constexpr auto kind = system_kinds::kHeadsRecorded;
    using required = batpak::all_fields;

    std::uint64_t size = 0;  // the events below
    Hash heads;              // the root of their map
    std::uint64_t entities = 0;
};

// Strictly the bytes that HeadsRecorded is stored as: verifiers that know no MessagePack compare
// them field by field.
std::optional<HeadsRecorded> read_heads_record(BytesView payload);

}  // namespace batpak::proof
