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

Hash payload_commitment(const Blind& blind, BytesView stored_payload);

// What content_hash covers. Borrows: entity, scope and metadata, for the call.
struct EventContent {
    LogId log_id;
    EventKind kind = EventKind::from_number(0);
    std::uint16_t payload_version = 0;
    std::uint32_t flags = 0;
    std::int64_t timestamp_us = 0;
    EventId correlation_id;  // nil if it is the event's own id
    EventId causation_id;    // nil if none
    std::uint64_t payload_bytes = 0;
    Hash payload_commitment;
    std::string_view entity;
    std::string_view scope;
    BytesView metadata;  // exactly as stored, empty if none
};

Hash content_hash(const EventContent& content);

// What event_hash covers: content, place and history.
struct EventLink {
    Sequence sequence;
    Version version;
    Hlc hlc;
    Sequence batch_first;  // own sequence if alone
    std::uint32_t batch_index = 0;
    std::uint32_t batch_count = 1;
    EventId event_id;
    Hash content_hash;
    Hash previous_hash;  // E of the entity's previous event, zero if none
};

Hash event_hash(const EventLink& link);

}  // namespace batpak
