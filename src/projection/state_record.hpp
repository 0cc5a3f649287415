// StateRecord: a projection's state with everything that says when it may be used.
//
//     offset  bytes
//     0       4      "BPKS"
//     4       2      format version, 1
//     6       2      zero
//     8       4      CRC-32 of everything after it
//     12      4      n, the length of the identity
//     16      16     log id
//     32      8      sequence of the last event that was folded
//     40      16     its event id
//     56      32     its event hash; zero in a store without hashes
//     88      8      microseconds since 1970: up to when the state was up to date
//     96      8      how many events were folded
//     104     n      identity: which projection of what (identity.hpp)
//     104+n   rest   the state, as PayloadCodec writes it
//
// Integers are little-endian. Derived data: docs/FORMAT.md does not promise it.
//
// Threads: immutable value
// Errors:  decode(): CorruptCache, FutureFormat
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "batpak/base/bytes.hpp"
#include "batpak/base/hash.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/result.hpp"
#include "batpak/base/sequence.hpp"

namespace batpak::projection {

// The place in a log up to which a state was folded.
struct Anchor {
    LogId log_id;
    Sequence last;
    EventId event_id;
    Hash event_hash;

    friend bool operator==(const Anchor&, const Anchor&) = default;
};

struct StateRecord {
    static constexpr std::size_t kHeaderBytes = 104;
    static constexpr std::uint16_t kFormatVersion = 1;
    // Has `erasures_end` behind the header. Only of a log whose payloads were ever erased.
    static constexpr std::uint16_t kErasuresVersion = 2;
    static constexpr std::size_t kErasuresBytes = 8;

    Anchor anchor;
    std::int64_t current_us = 0;
    std::uint64_t events = 0;
    // Behind the last erasure of payloads that the log had when the state was folded; 0: none. A
    // log that has had another since has taken what the state may be made of (INV K6).
    Sequence erasures_end{};
    Bytes state;

    void encode(std::string_view identity, Buffer& into) const;
    // Of exactly this identity: another one's record, under a key that clashes, is refused.
    [[nodiscard]] static Result<StateRecord> decode(BytesView bytes, std::string_view identity);
};

}  // namespace batpak::projection
