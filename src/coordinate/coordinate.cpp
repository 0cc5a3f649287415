// Two ways in. A caller's names are checked for control bytes, which terminals and logs would obey.
// Names that are stored are not: what the log has was taken once, and has to be readable.
#include "batpak/coordinate/coordinate.hpp"

#include <bit>
#include <cstdint>

#include "batpak/base/detail/text_hash.hpp"
#include "coordinate/control_bytes.hpp"

namespace batpak {
namespace {

Result<void> check_length(std::string_view name, std::string_view part) {
    if (part.empty()) {
        return fail(ErrorCode::InvalidCoordinate,
                    std::string(name) + " is empty: give it 1 to 1024 bytes");
    }
    if (part.size() > Coordinate::kPartBytesMax) {
        return fail(ErrorCode::InvalidCoordinate, std::string(name) + " has " +
                                                      std::to_string(part.size()) +
                                                      " bytes: shorten it to at most " +
                                                      std::to_string(Coordinate::kPartBytesMax));
    }
    return {};
}

Result<void> check_bytes(std::string_view name, std::string_view part) {
    if (has_control_bytes(part)) {
        return fail(ErrorCode::InvalidCoordinate,
                    std::string(name) + " holds a control character: remove or encode it");
    }
    return {};
}

}  // namespace

Result<Coordinate> Coordinate::create(std::string_view entity, std::string_view scope) {
    BATPAK_TRY(Coordinate coordinate, from_stored(entity, scope));
    BATPAK_CHECK(check_bytes("entity", entity));
    BATPAK_CHECK(check_bytes("scope", scope));
    return coordinate;
}

Result<Coordinate> Coordinate::from_stored(std::string_view entity, std::string_view scope) {
    BATPAK_CHECK(check_length("entity", entity));
    BATPAK_CHECK(check_length("scope", scope));
    return Coordinate(entity, scope);
}

std::string to_string(const Coordinate& coordinate) {
    return coordinate.entity() + "@" + coordinate.scope();
}

}  // namespace batpak

std::size_t std::hash<batpak::Coordinate>::operator()(
    const batpak::Coordinate& coordinate) const noexcept {
    // Not symmetric: ("a", "b") and ("b", "a") are two places.
    const batpak::TextHash hash_of;
    const std::uint64_t entity = hash_of(coordinate.entity());
    return static_cast<std::size_t>(std::rotl(entity, 31) * 0x9E3779B97F4A7C15U ^
                                    hash_of(coordinate.scope()));
}
