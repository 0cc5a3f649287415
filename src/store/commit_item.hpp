// CommitItem: one request to the commit queue, and its answer.
//
// Threads: owned by whoever made it until it is pushed; by the leader until `done`; then by its
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
#include "batpak/store/options.hpp"
#include "store/frame.hpp"

namespace batpak::store {

// An event with everything computed that needs no place in the log.
struct PreparedEvent {
    Buffer content;           // elements 9 to 19 of its frame
    std::string_view entity;  // Borrows: from the maker, until `done`
    std::string_view scope;
    EventKind kind = EventKind::from_number(0);
    std::int64_t timestamp_us = 0;
    EventId correlation_id;  // nil if its own
    EventId causation_id;    // nil if none
    Hash content_hash;
    ExpectedVersion expect = ExpectedVersion::any();

    AppendReceipt receipt;  // the answer, if there is no error
};

class Committer;

struct CommitItem {
    // One event, or a batch of several. Empty: only what follows.
    std::span<PreparedEvent> events;
    // Whether the answer must wait for a sync that covers everything up to here.
    bool durable = false;
    // Runs in the place of this item, after what was pushed before it is committed.
    std::function<std::optional<Error>()> action;

    std::optional<Error> error;  // the answer, if it failed

    // Of the queue.
    CommitItem* next = nullptr;
    std::uint32_t wave = 0;
    std::atomic<std::uint32_t> lead{0};  // 1: the waiter is to lead the next wave
    std::atomic<std::uint32_t> done{0};  // 1: answered; the leader looks at it no more
};

}  // namespace batpak::store
