// Coordinate: WHO acts, and WHERE. The address of every event.
//
// A coordinate is an (entity, scope) pair, such as ("player:alice", "room:dungeon"). The entity
// names a stream: versions, expected versions and the hash chain run along it. The scope is a
// label by which events of many entities are found together.
//
// create() is the only way in, so every Coordinate that exists is valid: the layers above never
// check one again.
//
// Threads: immutable value. Copy and share it freely.
// Errors:  only create() can fail.
#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

#include "batpak/base/result.hpp"

namespace batpak {

class Coordinate {
public:
    static constexpr std::size_t kPartBytesMax = 1024;

    // Errors: InvalidCoordinate, if a part is empty, longer than kPartBytesMax, or holds a control
    //         byte (0x00..0x1F, 0x7F). Any other bytes are legal; nothing is normalised.
    [[nodiscard]] static Result<Coordinate> create(std::string_view entity, std::string_view scope);

    // For bytes read back from a log: takes any parts that create() or an older version of it may
    // have written, that is, any that are 1..kPartBytesMax long.
    [[nodiscard]] static Result<Coordinate> from_stored(std::string_view entity,
                                                        std::string_view scope);

    const std::string& entity() const noexcept { return entity_; }
    const std::string& scope() const noexcept { return scope_; }

    friend auto operator<=>(const Coordinate&, const Coordinate&) = default;

private:
    Coordinate(std::string_view entity, std::string_view scope) : entity_(entity), scope_(scope) {}

    std::string entity_;
    std::string scope_;
};

// "entity@scope", for people; not parsed back.
std::string to_string(const Coordinate& coordinate);

}  // namespace batpak

// Keyed with secrets of the process, as TextHash: others choose the names.
template <>
struct std::hash<batpak::Coordinate> {
    std::size_t operator()(const batpak::Coordinate& coordinate) const noexcept;
};
