// Manifest: which segments live. The text of docs/FORMAT.md, section "MANIFEST", as a value.
//
// Threads: immutable value
// Errors:  parse: CorruptManifest, FutureFormat
#pragma once

#include <cstdint>
#include <optional>
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

// The latest event that says which payloads are to be erased. It is in force from here on: the
// event by itself erases nothing. Those before it are all done (erasure/prune_events.hpp).
struct Prune {
    Sequence intent;
    bool is_pending = false;  // else there is no such payload any more

    friend bool operator==(const Prune&, const Prune&) = default;
};

struct Manifest {
    // How every one begins, of whatever version.
    static constexpr std::string_view kAnyVersion = "batpak manifest v";

    std::uint64_t generation = 0;
    bool has_hashes = false;
    std::vector<Era> eras;              // at least one; the last one's log id is the store's
    std::vector<SealedSegment> sealed;  // in the order of their events
    ActiveSegment active;
    // Files of these ids are no part of the log, and are to be removed; growing. Only a compaction
    // needs them: of what it is about to make, and of what it has replaced.
    std::vector<std::uint64_t> gone{};
    std::optional<Prune> prune{};  // none: no payload of this log was ever erased

    const LogId& log_id() const {
        BATPAK_ASSERT(!eras.empty());
        return eras.back().log_id;
    }
    std::uint32_t era() const {
        BATPAK_ASSERT(!eras.empty());
        return static_cast<std::uint32_t>(eras.size() - 1);
    }

    // Whether it is a segment of the log.
    bool lists(std::uint64_t id) const noexcept;
    // The lowest id that no segment of this store has, had, or is about to have.
    std::uint64_t next_id() const noexcept;

    // The manifest after `bytes` of the active segment were sealed at `end` and segment
    // `next_id` was begun.
    Manifest with_rotation(Sequence end, std::uint64_t bytes, std::uint64_t next_id) const;
    // The manifest that says of segment next_id() that it is not part of the log yet.
    Manifest with_announced() const;
    // The manifest in which `merged` is in the place of `count` sealed segments from the one of
    // this place on. Requires: it was announced, and holds their events.
    Manifest with_merged(std::size_t place, std::size_t count, const SealedSegment& merged) const;
    // The manifest after the files were removed that are gone. An id above all that are listed
    // stays, so that the next segment does not get it: an older MANIFEST may call it gone.
    Manifest without_gone() const;
    // The manifest that puts an intent in force, or says that it is done.
    Manifest with_prune(const Prune& next_prune) const;
    // The same again, for a copy that could not be written.
    Manifest once_more() const;

    std::string to_text() const;
    // Takes exactly what to_text() writes, and checks that the segments follow one another.
    [[nodiscard]] static Result<Manifest> parse(std::string_view text);

    friend bool operator==(const Manifest&, const Manifest&) = default;
};

}  // namespace batpak::store
