// VerifyReport: what a full check of a store found.
//
// It finds damage, what breaks a rule of docs/FORMAT.md, and events that are not what was hashed
// when they were appended. Hashes need no secret: who changes an event and makes its hash again,
// and those behind it in its stream, is found only by a root that was kept elsewhere. Of the last
// event of a stream that is one frame.
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
