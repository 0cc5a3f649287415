// CursorPosition: how far a cursor has come, and a statement about what it delivered on the way.
//
//     "Of the region, from `begin` up to but without `next`, `matched` events were delivered, each
//      once and in order, and `digest` is the hash over theirs."
//
// Anyone who has the log can check the statement (StoreReads::verify_completeness). A position
// belongs to one history of one log and to one region; a cursor accepts no other. As bytes it can
// be kept outside the store, as a reader in another process must do: the anchor then shows whether
// the log is still the one that was read, or was restored from an older copy and took another
// course.
//
// Threads: immutable value
// Errors:  from_bytes: DecodeFailed
#pragma once

#include <cstdint>
#include <optional>

#include "batpak/base/bytes.hpp"
#include "batpak/base/hash.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/result.hpp"
#include "batpak/base/sequence.hpp"

namespace batpak {

struct CursorPosition {
    // An event that was there. Of one that could not be read only the front half of the id is
    // known, and the rest is zero.
    struct Anchor {
        Sequence sequence{};
        EventId event_id{};

        friend bool operator==(const Anchor&, const Anchor&) = default;
    };

    LogId log_id{};
    Hash region{};     // over the region, and whether batpak's own events are part of it
    Sequence begin{};  // where the cursor started
    Sequence next{};   // the first sequence that may still have to be delivered
    std::uint64_t matched = 0;
    std::uint64_t skipped = 0;  // damaged events that were passed over on demand; not in `matched`
    Hash digest{};              // chained over the hashes of the events, in order
    // The last event that was delivered or passed over; before the first, the one before `begin`.
    // Absent: there was none, or the bytes are of a version of batpak that did not keep it.
    std::optional<Anchor> anchor{};

    // Version 2. from_bytes() also reads version 1, which has no anchor.
    Bytes to_bytes() const;
    [[nodiscard]] static Result<CursorPosition> from_bytes(BytesView bytes);

    friend bool operator==(const CursorPosition&, const CursorPosition&) = default;
};

}  // namespace batpak
