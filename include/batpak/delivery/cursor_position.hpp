// CursorPosition: how far a cursor has come, and a statement about what it delivered on the way.
//
//     "Of the region, from `begin` up to but without `next`, `matched` events were delivered, each
//      once and in order, and `digest` is the hash over theirs."
//
// Anybody who has the log can check the statement (StoreReads::verify_completeness). A position
// belongs to one log and one region; a cursor takes no other. As bytes it can be kept outside the
// store, as a reader in another process must.
//
// Threads: immutable value
// Errors:  from_bytes: DecodeFailed
#pragma once

#include <cstdint>

#include "batpak/base/bytes.hpp"
#include "batpak/base/hash.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/result.hpp"
#include "batpak/base/sequence.hpp"

namespace batpak {

struct CursorPosition {
    LogId log_id;
    Hash region;     // over the region, and whether batpak's own events are part of it
    Sequence begin;  // where the cursor started
    Sequence next;   // the first sequence that may still have to be delivered
    std::uint64_t matched = 0;
    std::uint64_t skipped = 0;  // damaged events that were passed over on demand; not in `matched`
    Hash digest;                // chained over the hashes of the events, in order

    Bytes to_bytes() const;
    [[nodiscard]] static Result<CursorPosition> from_bytes(BytesView bytes);

    friend bool operator==(const CursorPosition&, const CursorPosition&) = default;
};

}  // namespace batpak
