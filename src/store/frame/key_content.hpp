// What an idempotency key binds: who, where, what. Times, ids, options and metadata may differ
// between a first try and a retry.
//
// Threads: immutable values
// Errors:  none
#pragma once

#include <cstdint>
#include <string_view>

#include "batpak/base/error.hpp"
#include "batpak/event/hash_chain.hpp"
#include "batpak/store/options.hpp"

namespace batpak::store {

// Whether a retry asks for what was stored.
bool is_same_content(const EventFields& asked, const EventFields& stored) noexcept;

// What the first try was answered, as far as the log knows.
AppendReceipt replayed_receipt(const EventView& stored);
// Of a key that was used for other content, at `first`.
Error key_conflict(std::string_view key, Sequence first);

// The oldest event whose key still counts in a log that ends at `end`.
inline Sequence oldest_key(Sequence end, std::uint64_t retention) noexcept {
    return Sequence(end.value > retention ? end.value - retention : 0);
}

}  // namespace batpak::store
