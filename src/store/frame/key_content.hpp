// What an idempotency key binds: who, where, what. Times, ids, options and metadata may differ
// between a first try and a retry.
//
// Threads: immutable values
// Errors:  none
#pragma once

#include <cstdint>
#include <string_view>

#include "batpak/base/error.hpp"
#include "batpak/store/options.hpp"

namespace batpak::store {

// Borrows: all of it.
struct KeyContent {
    std::string_view entity;
    std::string_view scope;
    EventKind kind;
    std::uint16_t payload_version = 0;
    BytesView payload;

    static KeyContent of(const EventView& stored) noexcept {
        return {stored.entity, stored.scope, stored.header.kind, stored.header.payload_version,
                stored.payload};
    }
    bool is_same_as(const KeyContent& other) const noexcept {
        return entity == other.entity && scope == other.scope && kind == other.kind &&
               payload_version == other.payload_version && equal_bytes(payload, other.payload);
    }
};

// What the first try was answered, as far as the log knows.
AppendReceipt replayed_receipt(const EventView& stored);
// Of a key that was used for other content, at `first`.
Error key_conflict(std::string_view key, Sequence first);

// The oldest event whose key still counts in a log that ends at `end`.
inline Sequence oldest_key(Sequence end, std::uint64_t retention) noexcept {
    return Sequence(end.value > retention ? end.value - retention : 0);
}

}  // namespace batpak::store
