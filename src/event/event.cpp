// What a copy of an event is made of besides its payload, so that only the payload's decoding is
// compiled for each type.
#include "batpak/event/event.hpp"

namespace batpak {

Result<Metadata> EventView::metadata() const { return Metadata::decode(metadata_bytes); }

namespace detail {

Result<OwnedParts> owned_parts(const EventView& event) {
    BATPAK_TRY(Coordinate coordinate, Coordinate::from_stored(event.entity, event.scope));
    BATPAK_TRY(Metadata metadata, event.metadata());
    std::vector<std::string> tags;
    for (const std::string_view tag : event.tags()) tags.emplace_back(tag);
    return OwnedParts{std::move(coordinate), std::move(metadata), std::move(tags)};
}

}  // namespace detail

}  // namespace batpak
