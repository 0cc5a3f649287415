// FbatWriter: appends the events of a plan to a new store, and at the end one that says what was
// imported.
//
// Threads: thread-compatible
// Errors:  run(): those of Store::append_raw() and FbatSource::read(); CorruptSegment: a file of
//          the source is not what it was when the plan was made
#pragma once

#include <functional>
#include <set>
#include <unordered_map>

#include "batpak/coordinate/event_kind.hpp"
#include "batpak/store/store.hpp"
#include "tool/fbat/fbat_frame.hpp"
#include "tool/fbat/fbat_plan.hpp"

namespace batpak::tool {

// Kinds for the events whose kinds are the original's own, which batpak reserves for itself, and
// for the event that says what was imported: the last of category 0xE that the source does not use.
class FbatKinds {
public:
    explicit FbatKinds(const FbatPlan& plan);

    EventKind of(std::uint16_t kind) const;
    EventKind of_report() const noexcept { return report_; }

private:
    std::unordered_map<std::uint16_t, EventKind> reserved_;
    EventKind report_;
};

class FbatWriter {
public:
    // Borrows: all.
    FbatWriter(const FbatSource& source, const FbatPlan& plan, Store& store)
        : source_(source), plan_(plan), store_(store), kinds_(plan), new_ids_(plan.events.size()) {}

    // False if go_on(), which is asked after each append with how many events there are, ended it.
    [[nodiscard]] Result<bool> run(const std::function<bool(std::uint64_t events)>& go_on);

private:
    Result<void> append(const FbatUnit& unit);
    Result<void> append_alone(std::size_t at);
    Result<void> append_batch(const FbatUnit& unit);
    Result<void> append_report();
    // Borrows: until the next call.
    Result<FbatFrame> frame_of(const FbatEvent& event);
    Result<void> load(std::uint32_t file);

    std::string key_of(const FbatEvent& event) const;
    std::optional<EventId> story_of(const FbatEvent& event) const;
    // The event that caused it, if that is here by now.
    const std::size_t* cause_of(const FbatEvent& event) const;
    // As what the event says of its cause: its new id, if it is here by now.
    std::optional<EventId> cause_id_of(const FbatEvent& event) const;

    const FbatSource& source_;
    const FbatPlan& plan_;
    Store& store_;
    FbatKinds kinds_;
    std::vector<EventId> new_ids_;
    std::optional<std::uint32_t> loaded_;
    Bytes bytes_;
};

}  // namespace batpak::tool
