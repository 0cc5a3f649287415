// ProjectionSwitched: the event that says which version of a read model serves from there on.
//
// Its stream is "batpak:projection:<name>" in batpak's own scope; the latest one counts.
//
// Threads: immutable values
// Errors:  those of reading and appending; DecodeFailed, VersionConflict
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "batpak/event/fields.hpp"
#include "batpak/event/system_kinds.hpp"
#include "batpak/readmodel/projection_runner.hpp"
#include "batpak/store/store.hpp"

namespace batpak::readmodel {

struct ProjectionSwitched {
    static constexpr auto kind = system_kinds::kProjectionSwitched;
    using required = batpak::all_fields;

    std::string name;
    std::uint32_t version = 0;
    std::uint32_t replaced = 0;
    Sequence model_next;
};

// A moment of the stream: an append on the strength of it fails if it has gone on.
struct SwitchStream {
    [[nodiscard]] static Result<SwitchStream> read(const StoreReads& store, std::string_view name);
    // Durable, or an error.
    [[nodiscard]] Result<ServingVersion> append(Store& store,
                                                const ProjectionSwitched& switched) const;

    Coordinate coordinate;
    std::optional<Version> head;
    std::optional<ServingVersion> serving;
};

}  // namespace batpak::readmodel
