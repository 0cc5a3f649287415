// HashChain: how an event's content, place and history are bound into one hash.
//
//     P = payload commitment   hides the payload behind a random blind, so that it can be erased
//     C = content hash         what the appending side knows: address, kind, ids, time, P
//     E = event hash           C, the place in the log, and E of the entity's previous event
//
// The caller computes P and C before it queues; only E, two compressions, is computed in the serial
// part of a commit. The byte layouts are in docs/FORMAT.md, section "Hashes".
//
// Threads: immutable values; the functions are thread-safe
// Errors:  none. Requires: hashing_built_in(), as every function here hashes.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "batpak/base/bytes.hpp"
#include "batpak/base/hash.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/coordinate/event_kind.hpp"
#include "batpak/coordinate/hlc.hpp"

namespace batpak {

// False in a build without BLAKE3 (BATPAK_WITH_BLAKE3=OFF): its stores carry no hashes.
bool hashing_built_in() noexcept;

// Random bytes that keep a payload from being guessed from its commitment.
using Blind = std::array<std::byte, 16>;

// What the content hash covers in place of the payload itself.
Hash payload_commitment(const Blind& blind, BytesView stored_payload);

// What the appending side knows of an event: what its frame holds, its content hash covers and its
// index finds. Borrows: names, metadata and payload.
struct EventFields {
    EventKind kind = EventKind::from_number(0);
    std::uint16_t payload_version = 0;
    std::uint32_t flags = 0;
    std::int64_t timestamp_us = 0;
    EventId correlation_id{};  // nil if it is the event's own id
    EventId causation_id{};    // nil if none
    std::string_view entity{};
    std::string_view scope{};
    BytesView metadata{};  // exactly as stored, empty if none
    BytesView payload{};   // exactly as stored
    std::uint64_t erased_bytes =
        0;  // that the payload had, if it was erased; then `payload` is empty

    std::uint64_t payload_bytes() const noexcept { return payload.size() + erased_bytes; }
};

// Of the payload it covers the size, and `payload_commitment`.
Hash content_hash(const LogId& log_id, const EventFields& fields, const Hash& payload_commitment);

// What it is the hash of, byte for byte.
Bytes content_bytes(const LogId& log_id, const EventFields& fields, const Hash& payload_commitment);

// What a commit gives an event: its place in the log and in its stream, its time and its id.
struct EventPlace {
    Sequence sequence{};
    Version version{};
    Hlc hlc{};
    std::uint32_t batch_index = 0;  // the batch began so many events before it
    std::uint32_t batch_count = 1;  // 1: alone
    EventId event_id{};
};

// `previous_hash`: E of the entity's previous event, zero if there is none.
Hash event_hash(const EventPlace& place, const Hash& content_hash, const Hash& previous_hash);
// What it is the hash of, byte for byte.
Bytes link_bytes(const EventPlace& place, const Hash& content_hash, const Hash& previous_hash);

// All that one needs to compute P, C and E of an event, and to read from it what they bind.
struct EventPreimage {
    Hash hash{};      // E
    Bytes link{};     // E is its hash
    Bytes content{};  // C, in the link, is its hash
    Blind blind{};    // P, in the content, is the hash of these two
    Bytes payload{};
    bool erased = false;  // then there are neither blind nor payload
};

}  // namespace batpak
