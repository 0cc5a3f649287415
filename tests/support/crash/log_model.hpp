// LogModel: what a store must hold, as a plain list of events in the order of their submission.
//
//     events      0 ............ durable ............ acknowledged ............ submitted
//     after       kept by a      kept by the death    may be there, or not, but never one
//     a crash     power cut      of the process       without all that stand before it
//
// A model knows nothing of frames, segments and indexes: whatever the engine does, it is judged by
// this list.
//
// Threads: thread-compatible
// Errors:  functions that judge return what is wrong, in words; an empty text if nothing is
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "batpak/event/event.hpp"
#include "batpak/store/options.hpp"
#include "batpak/store/reads.hpp"

namespace batpak::testing {

struct ModelEvent {
    Coordinate coordinate;
    EventKind kind;
    Bytes payload;
    AppendOptions options;
    std::uint64_t version = 0;
    std::int64_t timestamp_us = 0;
    std::uint32_t batch_index = 0;
    std::uint32_t batch_count = 1;                        // 1: alone
    std::optional<AppendReceipt> receipt = std::nullopt;  // once it was acknowledged
};

class LogModel {
public:
    const std::vector<ModelEvent>& events() const noexcept { return events_; }
    std::uint64_t submitted() const noexcept { return events_.size(); }
    std::uint64_t acknowledged() const noexcept { return acknowledged_; }
    std::uint64_t durable() const noexcept { return durable_; }
    // How many events of this entity there are; of the first `end` ones.
    std::uint64_t versions(std::string_view entity) const { return versions(entity, submitted()); }
    std::uint64_t versions(std::string_view entity, std::uint64_t end) const;

    // Whether the first `end` events are whole batches.
    bool is_border(std::uint64_t end) const;

    // Returns the sequence that it must get, and gives it its version.
    std::uint64_t submit(ModelEvent event);
    std::string acknowledge(std::uint64_t sequence, const AppendReceipt& receipt);
    // Somebody was told that all before `end` is durable.
    void promise_durable(std::uint64_t end);
    // The events from `end` on failed and left nothing behind.
    void retract_to(std::uint64_t end);
    // The store was opened and has `end` events, all of them durable.
    void resume(std::uint64_t end);
    // The power was cut: only what is durable was promised.
    void lose_power() noexcept { acknowledged_ = durable_; }

    // What differs between the event at `sequence` and what a store returned for it.
    std::string difference(std::uint64_t sequence, const EventView& found) const;

private:
    std::vector<ModelEvent> events_;
    std::uint64_t acknowledged_ = 0;
    std::uint64_t durable_ = 0;
};

// Compares the whole log of a store with the first visible_end() events of the model.
std::string check_events(const StoreReads& store, const LogModel& model);
// The same on a disk that lied: an event may be refused, but not be another.
std::string check_events_or_refusals(const StoreReads& store, const LogModel& model);
// What an index answers: by entity, scope, kind, region, id and version.
std::string check_queries(const StoreReads& store, const LogModel& model);
// verify() finds nothing, and the root is that of the hashes of the events.
std::string check_proofs(const StoreReads& store, bool has_hashes);

}  // namespace batpak::testing
