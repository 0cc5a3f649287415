// Evidence: what a proof shows of its event, in the line `extra` of the proof.
//
//     "BPX1" | { u8 tag | u32 n | n bytes } ...   tags grow: 1 content, 2 link, 3 blind, 4 payload;
//                                    of a head: 5 what the path ends in, 6 its hashes, 7 the name
//
// Threads: immutable value
// Errors:  decode() and check() refuse
#pragma once

#include <optional>

#include "batpak/event/hash_chain.hpp"
#include "batpak/proof/event_proof.hpp"

namespace batpak::proof {

// A path in the map that the event records, and which entity it is about.
struct HeadEvidence {
    HeadPath path{};
    std::string entity{};
};

struct Evidence {
    Bytes content{};
    Bytes link{};
    std::optional<Blind> blind{};  // with the payload, or neither
    std::optional<Bytes> payload{};
    std::optional<HeadEvidence> head{};  // only with the payload

    Bytes encode() const;
    static std::optional<Evidence> decode(BytesView bytes);
};

struct CheckedEvidence {
    Hash hash;  // E
    EventClaims claims;
};

// Recomputes P, C and E, and reads what they bind. That the hash is in a log is for the caller to
// check.
Checked<CheckedEvidence> check_evidence(const Evidence& evidence);

// That the event records heads, and what the path proves against its root. Requires: `record` was
// checked, with the payload.
Checked<HeadClaim> check_head_evidence(const HeadEvidence& evidence, const EventClaims& record);

}  // namespace batpak::proof
