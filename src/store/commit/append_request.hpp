// AppendRequest: what a caller asks for with one event.
//
// Threads: a value
// Errors:  none
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "batpak/base/bytes.hpp"
#include "batpak/base/id.hpp"
#include "batpak/coordinate/coordinate.hpp"
#include "batpak/event/detail/payload_type.hpp"
#include "batpak/event/metadata.hpp"
#include "batpak/store/options.hpp"

namespace batpak::store {

// Borrows: everything, until it is prepared; the names, the key and what was judged, until it is
// committed.
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
    // What they judged: no event may have come into one of these since.
    std::span<const AppendCondition> judged = {};
    PayloadType type = {};
    std::span<const std::string> tags = {};      // what the caller gives
    std::span<const std::string> own_tags = {};  // what the type of the payload says
    std::string_view kind_name = {};             // of a payload without a type; empty: none given
};

// What a Store's EncodedAppend asks for. Borrows: all of it, but that the coordinate and the
// options are these, which may be copies.
template <class Encoded>
AppendRequest request_of(const Encoded& append, const Coordinate& coordinate,
                         const AppendOptions& options) {
    return {.coordinate = coordinate,
            .kind = append.kind,
            .payload_version = append.payload_version,
            .payload = append.payload,
            .metadata = options.metadata,
            .idempotency_key = options.idempotency_key,
            .correlation_id = options.correlation_id,
            .causation_id = options.causation_id,
            .caused_by = std::nullopt,
            .expect = options.expect,
            .flags = options.flags,
            .type = append.type,
            .tags = options.tags,
            .own_tags = append.own_tags,
            .kind_name = options.kind_name};
}

}  // namespace batpak::store
