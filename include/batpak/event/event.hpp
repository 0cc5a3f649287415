// Event: WHAT happened. A header that batpak understands and a payload that the application does.
//
// Three forms of one thing, from the one that owns least to the one that owns most:
//   EventView        borrows every byte from the read that gave it; what ranges yield
//   Event<P>         header, payload of type P, event hash
//   StoredEvent<P>   an Event<P> with its address and its place in the log
//
// Threads: immutable values
// Errors:  as<P>() and to_stored<P>() fail with DecodeFailed, NewerPayload or MissingUpcaster; with
//          PayloadErased if the payload was erased (store/compaction.hpp, Tombstone)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "batpak/base/detail/concat.hpp"
#include "batpak/base/hash.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/coordinate/coordinate.hpp"
#include "batpak/coordinate/event_kind.hpp"
#include "batpak/coordinate/hlc.hpp"
#include "batpak/coordinate/region.hpp"
#include "batpak/event/metadata.hpp"
#include "batpak/event/payload_codec.hpp"

namespace batpak {

// Flag bits of an event. Bits 8 to 31 are the application's.
inline constexpr std::uint32_t kFlagEncrypted = 1U << 0;
inline constexpr std::uint32_t kFlagHasCausation = 1U << 1;
inline constexpr std::uint32_t kApplicationFlags = 0xFFFFFF00U;

// What an event says about itself besides its payload, as the appending side set it.
struct EventHeader {
    EventId event_id{};
    EventId correlation_id{};               // its own id, unless it belongs to another's story
    std::optional<EventId> causation_id{};  // the event that caused it
    std::int64_t timestamp_us = 0;          // wall clock of the appending side
    EventKind kind = EventKind::from_number(0);
    std::uint16_t payload_version = 1;
    std::uint32_t flags = 0;

    friend bool operator==(const EventHeader&, const EventHeader&) = default;
};

template <class P>
struct Event {
    EventHeader header{};
    P payload;
    Metadata metadata{};
    Hash hash{};                      // E of docs/FORMAT.md; zero in a store without hashes
    std::vector<std::string> tags{};  // sorted by bytes
};

// Where an event stands in its store.
struct Position {
    Sequence sequence{};
    Version version{};
    Hlc hlc{};

    friend bool operator==(const Position&, const Position&) = default;
};

template <class P>
struct StoredEvent {
    Coordinate coordinate;
    Position position{};
    Event<P> event;
    bool durable = false;  // whether it was known durable when it was read
    // Then there is no payload: what stands in its place was never stored. Only functions that say
    // so hand out such an event.
    bool erased = false;

    const P& payload() const noexcept { return event.payload; }
    Sequence sequence() const noexcept { return position.sequence; }
    Version version() const noexcept { return position.version; }
};

struct EventView;

namespace detail {

// What a StoredEvent owns, whatever the type of its payload.
struct OwnedParts {
    Coordinate coordinate;
    Metadata metadata;
    std::vector<std::string> tags;
};

// Errors: DecodeFailed.
Result<OwnedParts> owned_parts(const EventView& event);
// What as<P>() answers of an event whose payload was erased.
tl::unexpected<Error> payload_erased(const EventView& event);

}  // namespace detail

// Borrows: all its bytes, from the range or read that gave it; valid until that moves on.
struct EventView {
    Position position{};
    EventHeader header{};
    std::string_view entity{};
    std::string_view scope{};
    BytesView metadata_bytes{};  // as stored; empty if none
    BytesView payload{};         // as stored; empty, and no payload, if `erased`
    Hash hash{};
    std::uint32_t batch_index = 0;
    std::uint32_t batch_count = 1;
    bool durable = false;
    // Whether the payload was erased for good: so many bytes it had.
    bool erased = false;
    std::uint32_t erased_bytes = 0;

    Sequence sequence() const noexcept { return position.sequence; }
    Version version() const noexcept { return position.version; }
    EventKind kind() const noexcept { return header.kind; }
    EventId event_id() const noexcept { return header.event_id; }
    Result<Metadata> metadata() const;
    TagsView tags() const noexcept { return Metadata::tags(metadata_bytes); }

    // What a region asks of it: region.contains(event.facts()). Borrows: this event.
    EventFacts facts() const noexcept {
        return {.entity = entity,
                .scope = scope,
                .kind = header.kind,
                .version = position.version,
                .sequence = position.sequence,
                .time_us = position.hlc.us,
                .correlation_id = header.correlation_id,
                .causation_id = header.causation_id,
                .tags = tags()};
    }

    // The payload as a P: a typed struct, from any version that it can be upcast from; or, whatever
    // the kind and version, Value, Bytes, or nlohmann::json (<batpak/json.hpp>).
    // Errors: DecodeFailed also if P is the type of another kind; PayloadErased, whatever P is.
    template <class P>
    [[nodiscard]] Result<P> as() const {
        if (erased) [[unlikely]]
            return detail::payload_erased(*this);
        if constexpr (TypedEvent<P>) {
            if (header.kind != P::kind) {
                return fail(ErrorCode::DecodeFailed,
                            detail::concat({"the event is of kind ", to_string(header.kind),
                                            ", and ", to_string(P::kind), " was asked for"}));
            }
            return decode_payload<P>(header.payload_version, payload);
        } else {
            return PayloadCodec<P>::decode(payload);
        }
    }

    // A copy that owns everything.
    template <class P = Bytes>
    [[nodiscard]] Result<StoredEvent<P>> to_stored() const {
        BATPAK_TRY(detail::OwnedParts parts, detail::owned_parts(*this));
        BATPAK_TRY(P decoded, as<P>());
        return StoredEvent<P>{
            std::move(parts.coordinate),
            position,
            {header, std::move(decoded), std::move(parts.metadata), hash, std::move(parts.tags)},
            durable};
    }
    // The same, also of an event whose payload was erased: then `erased` says so.
    [[nodiscard]] Result<StoredEvent<Bytes>> to_stored_or_erased() const;
};

}  // namespace batpak
