// RangeState: what an EventRange walks through: the runs of a pin, and in each the plan's ordinals.
//
// Threads: thread-compatible
// Errors:  in the elements
#pragma once

#include <memory>
#include <optional>

#include "batpak/coordinate/region.hpp"
#include "batpak/store/query.hpp"
#include "store/index/ordinal_plan.hpp"
#include "store/view/event_reader.hpp"

namespace batpak::store {

class RangeState {
public:
    // Keeps: everything given.
    RangeState(const Pin& pin, std::shared_ptr<ReadSide> side, Region region,
               const QueryOptions& options);
    // A range whose only element is this error.
    explicit RangeState(Error error) : left_(1), current_(fail(std::move(error))) {}

    // The next element; null at the end. Borrows: until the next call. In a child after fork() the
    // next one is the error Forked, and the last.
    const Result<EventView>* next();

    // How many elements are left. Reads events only where the index does not know.
    [[nodiscard]] Result<std::uint64_t> count();
    // The same without reading more than `reads_max` events: of those from `begin` on. A walk over
    // these reads no more either. Requires: the direction is Backward.
    [[nodiscard]] Result<CountedPart> count_newest(std::uint64_t reads_max);

private:
    static constexpr std::uint32_t kNoOrdinal = UINT32_MAX;  // MemoryIndex has none that high
    static constexpr std::uint64_t kNoBound = UINT64_MAX;

    // The plan of the present run; false when there are no more runs. Errors: loading its index.
    [[nodiscard]] Result<bool> enter_run();
    // Adds to the plan the damaged events of the present run that may be in the region.
    [[nodiscard]] Result<void> plan_damaged(const DamagedIndex& damage, std::uint32_t count);
    [[nodiscard]] Result<void> start();
    void leave_run() noexcept;
    // What comes after kNoOrdinal.
    void end_plan() noexcept;
    // How many elements are left, or were met before one more event had to be read than
    // `reads_max`; which of the two, run_ says: it is there if the walk was left.
    [[nodiscard]] Result<std::uint64_t> count_up_to(std::uint64_t reads_max);
    // All that the present run has for the region, if that is known without a walk.
    [[nodiscard]] Result<std::optional<std::uint64_t>> sum_of_run();
    // kNoOrdinal at the end of the run, or where the plan's index is lost. No std::optional: what
    // the compiler makes of one that is handed from function to function takes as long as a third
    // of the decoding of an event.
    std::uint32_t next_ordinal();
    // Whether what the plan said is to be thrown away, because its index could not be read: another
    // plan, of another index, then goes on at the same place.
    bool plan_is_lost() const noexcept { return index_->is_lost(); }
    bool is_forward() const noexcept { return options_.direction == Direction::Forward; }
    // Whether the event that next_ordinal() has just found is in the region.
    bool keeps(const EventView& event) const noexcept;
    // Times grow along the log, so a range of them is a range of sequences.
    [[nodiscard]] Result<void> narrow_times();

    std::optional<EventReader> reader_;  // none: only the error is left
    Region region_ = Region::none();
    QueryOptions options_;
    std::optional<std::size_t> run_;  // the run to enter, or that was entered; none: at the end
    std::optional<OrdinalPlan> plan_;
    const Index* index_ = nullptr;  // of the plan
    std::uint32_t at_ = 0;          // the first place of the run that may be yielded next
    bool started_ = false;
    std::uint64_t left_;
    std::optional<Result<EventView>> current_;
};

}  // namespace batpak::store
