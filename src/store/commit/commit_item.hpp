// CommitItem: one request to the commit queue, and its answer.
//
// Threads: owned by its maker until it is pushed; by the leader until `done`; then by its
// maker again
// Errors:  none
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "batpak/base/buffer.hpp"
#include "batpak/base/error.hpp"
#include "batpak/event/hash_chain.hpp"
#include "batpak/store/options.hpp"
#include "store/frame/frame.hpp"

namespace batpak::store {

// An event with everything computed that needs no place in the log. Views borrow from the maker,
// until `done`.
struct PreparedEvent {
    EventFields fields;
    Buffer metadata;           // of the fields: encoded, with the idempotency key
    MutableBytesView content;  // elements 9 to 19 of its frame, at the end of which is the payload
    Blind blind{};
    Hash payload_commitment;
    Hash content_hash;
    std::uint64_t entity_hash = 0;     // what the store's KeyHash makes of the entity
    std::string_view idempotency_key;  // empty if none
    ExpectedVersion expect = ExpectedVersion::any();
    // The earlier item of the batch that caused this one. Its id, and so this content hash, is
    // only known in the commit; `causation_at` is where in `content` the id goes.
    std::optional<std::uint32_t> caused_by;
    std::size_t causation_at = 0;

    EventPlace place;       // once it is staged
    AppendReceipt receipt;  // the answer, if there is no error
};

struct CommitItem {
    // One event, or a batch of several. Empty: only what follows.
    std::span<PreparedEvent> events;
    const AppendCondition* condition = nullptr;
    // What gates decided on: no event may be in one of these since. Borrows: until `done`.
    std::span<const AppendCondition> judged;
    bool is_batch = false;  // also of one event: its errors have a stage
    // The key of the first event stands for the whole batch.
    bool keyed_as_a_whole = false;
    // Whether the answer must wait for a sync that covers everything up to here.
    bool durable = false;
    // P and C of its events are still to be made: the leader makes those of a whole wave at once.
    bool unhashed = false;
    // Runs in the place of this item, after what was pushed before it is committed.
    std::function<std::optional<Error>()> action;

    std::optional<Error> error;  // the answer, if it failed
    // The answer was found in the log: a failure of the group is none of this item.
    bool answered_from_log = false;

    // Of the queue.
    CommitItem* next = nullptr;
    std::uint32_t wave = 0;
    std::atomic<std::uint32_t> lead{0};  // 1: the waiter is to lead the next wave
    std::atomic<std::uint32_t> done{0};  // 1: answered; the leader looks at it no more
};

}  // namespace batpak::store
