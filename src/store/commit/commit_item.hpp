// CommitItem: one request to the leader, and its answer.
//
//     asked    AppendEvents | SyncLog | RunInOrder, and whether the answer waits for a sync
//     answer   an error, or none: the receipts are in the prepared events
//
// How an item waits for its turn is known to the queue alone (CommitQueue::Entry).
//
// Threads: owned by its maker until it is pushed; by the leader until it is answered; then by its
// maker again
// Errors:  none
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <variant>

#include "batpak/base/error.hpp"
#include "batpak/store/options.hpp"
#include "store/commit/prepared_event.hpp"

namespace batpak::store {

// What the events of one append are to each other.
enum class AppendForm : std::uint8_t {
    Single,      // one event
    Batch,       // all or none, also of one event: its errors have a stage
    KeyedBatch,  // a batch, for the whole of which the key of its first event stands
};

// Events to append. Borrows: all of it, until the answer.
struct AppendEvents {
    std::span<PreparedEvent> events;  // never empty
    AppendForm form = AppendForm::Single;
    const AppendCondition* condition = nullptr;
    // What gates decided on: no event may be in one of these since.
    std::span<const AppendCondition> judged;
    // P and C of the events are still to be made: the leader makes those of a whole wave at once.
    bool unhashed = false;

    bool is_batch() const noexcept { return form != AppendForm::Single; }
};

// Nothing but what `durable` says.
struct SyncLog {};

// What has to run in its place among the others: after what was pushed before it is committed.
struct RunInOrder {
    std::function<std::optional<Error>()> action;
};

struct CommitItem {
    std::variant<SyncLog, AppendEvents, RunInOrder> asked;
    // Whether the answer must wait for a sync that covers everything up to here.
    bool durable = false;

    std::optional<Error> error;  // the answer, if it failed
    // The answer was found in the log: a failure of the group is none of this item.
    bool answered_from_log = false;

    // What it appends; null if it asks for something else.
    AppendEvents* append() noexcept { return std::get_if<AppendEvents>(&asked); }
    const AppendEvents* append() const noexcept { return std::get_if<AppendEvents>(&asked); }
};

}  // namespace batpak::store
