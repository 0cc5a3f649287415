// Manifest: which segments live. The text of docs/FORMAT.md, section "MANIFEST", as a value.
//
// Threads: immutable value
// Errors:  parse: CorruptManifest, FutureFormat
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "batpak/base/assert.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/result.hpp"
#include "batpak/base/sequence.hpp"

namespace batpak::store {

struct Era {
    Sequence from;
    LogId log_id;

    friend bool operator==(const Era&, const Era&) = default;
};

// A segment that is never written again: events [first, end) in a file of exactly `bytes`.
struct SealedSegment {
    std::uint64_t id = 0;
    Sequence first;
    Sequence end;
    std::uint64_t bytes = 0;

    friend bool operator==(const SealedSegment&, const SealedSegment&) = default;
};

// The segment that is appended to.
struct ActiveSegment {
    std::uint64_t id = 0;
    Sequence first;

    friend bool operator==(const ActiveSegment&, const ActiveSegment&) = default;
};

struct Manifest {
    // How every one begins, of whatever version.
    static constexpr std::string_view kAnyVersion = "batpak manifest v";

    std::uint64_t generation = 0;
    bool has_hashes = false;
    std::vector<Era> eras;  // at least one; the last one's log id is the store's
    std::vector<SealedSegment> sealed;
    ActiveSegment active;

    const LogId& log_id() const {
        BATPAK_ASSERT(!eras.empty());
        return eras.back().log_id;
    }
    std::uint32_t era() const {
        BATPAK_ASSERT(!eras.empty());
        return static_cast<std::uint32_t>(eras.size() - 1);
    }

    // The manifest after `bytes` of the active segment were sealed at `end` and segment
    // `next_id` was begun.
    Manifest with_rotation(Sequence end, std::uint64_t bytes, std::uint64_t next_id) const;

    std::string to_text() const;
    // Takes exactly what to_text() writes, and checks that the segments follow one another.
    [[nodiscard]] static Result<Manifest> parse(std::string_view text);

    friend bool operator==(const Manifest&, const Manifest&) = default;
};

}  // namespace batpak::store
