// VerifyReport: what a full check of a store found.
//
// It finds damage, what breaks a rule of docs/FORMAT.md, and events that are not what was hashed
// when they were appended. Hashes need no secret: if an event was changed and its hash was
// recomputed, along with those after it in its stream, only a root that was kept elsewhere shows
// it. For the last event of a stream, that is one frame.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <cstdint>
#include <optional>

#include "batpak/base/error.hpp"
#include "batpak/base/hash.hpp"
#include "batpak/base/sequence.hpp"

namespace batpak {

struct VerifyReport {
    std::uint64_t events = 0;  // that were checked and found whole, from the first on
    std::uint64_t segments = 0;
    std::uint64_t bytes = 0;  // of frames
    bool hashes_checked = false;
    Hash root{};  // over those events; zero without hashes
    // The first thing that is wrong, with segment, offset and sequence; nothing if all is well.
    std::optional<Error> damage{};
};

}  // namespace batpak
