// AppendRequest: what a caller asks for with one event.
//
// Threads: a value
// Errors:  none
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "batpak/base/bytes.hpp"
#include "batpak/base/id.hpp"
#include "batpak/coordinate/coordinate.hpp"
#include "batpak/event/detail/payload_type.hpp"
#include "batpak/event/metadata.hpp"
#include "batpak/store/options.hpp"

namespace batpak::store {

// Borrows: everything, until it is prepared; the names and
// the key, until it is committed.
struct AppendRequest {
    const Coordinate& coordinate;
    EventKind kind;
    std::uint16_t payload_version;
    BytesView payload;
    const Metadata& metadata;
    std::string_view idempotency_key;
    std::optional<EventId> correlation_id;  // absent if it starts a story of its own
    std::optional<EventId> causation_id;
    std::optional<BatchItem> caused_by;
    ExpectedVersion expect;
    std::uint32_t flags;
    bool is_system = false;  // its kind may be reserved
    // What gates said, as a MessagePack value; empty if none was asked.
    BytesView gate_evidence = {};
    PayloadType type = {};
};

}  // namespace batpak::store
