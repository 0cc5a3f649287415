// What a copy of an event is made of besides its payload, so that only the payload's decoding is
// compiled for each type.
#include "batpak/event/event.hpp"

namespace batpak {

Result<Metadata> EventView::metadata() const { return Metadata::decode(metadata_bytes); }

Result<StoredEvent<Bytes>> EventView::to_stored_or_erased() const {
    if (!erased) return to_stored<Bytes>();
    BATPAK_TRY(detail::OwnedParts parts, detail::owned_parts(*this));
    return StoredEvent<Bytes>{
        .coordinate = std::move(parts.coordinate),
        .position = position,
        .event = {header, {}, std::move(parts.metadata), hash, std::move(parts.tags)},
        .durable = durable,
        .erased = true};
}

namespace detail {

Result<OwnedParts> owned_parts(const EventView& event) {
    BATPAK_TRY(Coordinate coordinate, Coordinate::from_stored(event.entity, event.scope));
    BATPAK_TRY(Metadata metadata, event.metadata());
    std::vector<std::string> tags;
    for (const std::string_view tag : event.tags()) tags.emplace_back(tag);
    return OwnedParts{std::move(coordinate), std::move(metadata), std::move(tags)};
}

tl::unexpected<Error> payload_erased(const EventView& event) {
    return fail(Error(ErrorCode::PayloadErased,
                      "its payload was erased for good: ask `erased` before you read it, and go on "
                      "without")
                    .at(std::string(event.entity))
                    .at_sequence(event.sequence()));
}

}  // namespace detail

}  // namespace batpak
