// CursorMoved: the event in which a cursor's position stands in the log.
//
// Its stream is "batpak:cursor:<id>" in batpak's own scope; the latest one counts.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <cstdint>
#include <string_view>

#include "batpak/base/hash.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/event/fields.hpp"
#include "batpak/event/system_kinds.hpp"

namespace batpak::delivery {

inline constexpr std::string_view kCursorEntityPrefix = "batpak:cursor:";

// A CursorPosition without the log's id: the log is this one.
struct CursorMoved {
    static constexpr auto kind = system_kinds::kCursorMoved;
    using required = batpak::all_fields;

    Hash region;
    Sequence begin;
    Sequence next;
    std::uint64_t matched = 0;
    std::uint64_t skipped = 0;
    Hash digest;
};

}  // namespace batpak::delivery
