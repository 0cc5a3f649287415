// A walk, run by run:
//
//     start       times become sequences; the run where the region begins, or ends
//     enter_run   the run's index -> its plan, and the damaged events that may belong to the region
//     next        the plan's next ordinal -> the event -> if the plan is not exact: does it belong?
//     leave_run   the next run, or the end
//
// A plan is of one index. If that is lost on the way, what the plan said last is not used: another
// plan, of another index, goes on at the same place of the same run (INV I3). What was pinned at
// the start is all that the walk sees (INV I5).
#include "store/view/range_state.hpp"

#include <algorithm>
#include <utility>

#include "batpak/base/assert.hpp"
#include "store/index/damaged_index.hpp"

namespace batpak::store {
namespace {

// What the options leave of a region.
Region within(Region region, const QueryOptions& options) {
    if (options.from != Sequence(0)) region = region.from(options.from);
    if (options.end) region = region.before(*options.end);
    return region;
}

// The run in which the region begins or ends: where the walk starts.
std::size_t first_run(const Pin& pin, const Region& region, bool forward) {
    if (forward) {
        Sequence lowest = pin.end;
        for (const Region::Clause& clause : region.clauses()) {
            lowest = std::min(lowest, clause.sequences.begin);
        }
        return pin.snapshot->run_of(lowest);
    }
    Sequence end;
    for (const Region::Clause& clause : region.clauses()) {
        end = std::max(end, clause.sequences.end.value_or(pin.end));
    }
    return pin.snapshot->run_of(std::min(end, pin.end));
}

// Whether the clause asks for nothing but a place in the log and a time.
bool takes_all(const Region::Clause& clause) {
    return !clause.entity && clause.entity_prefix.empty() && !clause.scope &&
           clause.kinds.is_any() && clause.versions.is_all() && !clause.correlation_id &&
           !clause.causation_id && clause.tags.empty();
}

}  // namespace

// What may fail, such as the search for times, waits until the first event is asked for: a range is
// handed out without an error, and the error is its first element.
RangeState::RangeState(const Pin& pin, std::shared_ptr<ReadSide> side, Region region,
                       const QueryOptions& options)
    : reader_(std::in_place, pin, std::move(side)),
      region_(within(std::move(region), options)),
      options_(options),
      left_(options.limit) {
    if (!region_.clauses().empty() && left_ > 0) run_ = 0;  // until start() knows better
}

Result<void> RangeState::start() {
    BATPAK_ASSERT(!started_);
    started_ = true;
    BATPAK_CHECK(narrow_times());
    if (region_.clauses().empty()) {
        run_.reset();
    } else {
        run_ = first_run(reader_->pin(), region_, is_forward());
    }
    return {};
}

// What all clauses together leave is cut off here. Inside of that, each clause asks the event for
// its own times, because a plan with times is never exact.
Result<void> RangeState::narrow_times() {
    std::optional<std::int64_t> begin;
    std::optional<std::int64_t> end;
    for (const Region::Clause& clause : region_.clauses()) {
        if (clause.times_us.is_all()) return {};  // this clause asks for all times
        begin = std::min(begin.value_or(clause.times_us.begin), clause.times_us.begin);
        const std::int64_t clause_end = clause.times_us.end.value_or(INT64_MAX);
        end = std::max(end.value_or(clause_end), clause_end);
    }
    if (!begin || reader_->pin().end == Sequence(0)) return {};
    BATPAK_TRY(const Sequence first, reader_->find_time(*begin, EventReader::Border::NotBefore));
    region_ = region_.from(first);
    if (*end == INT64_MAX) return {};
    BATPAK_TRY(const Sequence last, reader_->find_time(*end, EventReader::Border::Before));
    region_ = region_.before(last);
    return {};
}

// False without an error: there was nothing to enter, or its index got lost meanwhile. The caller
// looks at run_ again and goes on.
Result<bool> RangeState::enter_run() {
    if (!started_) BATPAK_CHECK(start());
    if (!run_) return false;
    BATPAK_ASSERT(*run_ < reader_->pin().snapshot->runs.size());
    const std::uint32_t count = reader_->run_count(*run_);
    if (count == 0) {
        leave_run();
        return false;
    }
    BATPAK_TRY(index_, reader_->index_of(*run_));
    plan_.emplace(*index_, count, region_, options_.direction);
    if (plan_is_lost()) {
        plan_.reset();
        return false;
    }
    if (const DamagedIndex* const damage = index_->damage()) {
        if (const auto planned = plan_damaged(*damage, count); !planned) {
            plan_.reset();
            return fail(planned.error());
        }
    }
    return true;
}

Result<void> RangeState::plan_damaged(const DamagedIndex& damage, std::uint32_t count) {
    std::vector<std::uint32_t> found;
    const Sequence first = damage.first();
    for (const Region::Clause& clause : region_.clauses()) {
        if (takes_all(clause)) continue;  // the plan has them already
        const auto add = [&](std::uint32_t ordinal) {
            const Sequence sequence = first.plus(ordinal);
            const bool late = clause.sequences.end && sequence >= *clause.sequences.end;
            if (ordinal < count && sequence >= clause.sequences.begin && !late)
                found.push_back(ordinal);
        };
        if (!clause.entity) {
            for (const std::uint32_t ordinal : damage.damaged()) add(ordinal);
            continue;
        }
        BATPAK_TRY(const std::vector<LostEvent> lost, reader_->lost_of(*clause.entity));
        for (const LostEvent& event : lost) {
            const bool early = event.end_version && *event.end_version <= clause.versions.begin;
            const bool late = clause.versions.end && event.first_version >= *clause.versions.end;
            if (event.place.run == *run_ && !early && !late) add(event.place.ordinal);
        }
    }
    std::ranges::sort(found);
    found.erase(std::unique(found.begin(), found.end()), found.end());
    BATPAK_ASSERT(found.empty() || found.back() < count);
    plan_->add_damaged(std::move(found));
    return {};
}

void RangeState::leave_run() noexcept {
    plan_.reset();
    at_ = 0;
    const bool last = is_forward() ? *run_ + 1 == reader_->pin().snapshot->runs.size() : *run_ == 0;
    if (last) {
        run_.reset();
    } else {
        run_ = is_forward() ? *run_ + 1 : *run_ - 1;
    }
}

std::uint32_t RangeState::next_ordinal() {
    const bool sure = plan_->surely_has(at_);
    const std::uint32_t place = sure ? at_ : plan_->next(at_);
    if (place == kNoPlace || (!sure && plan_is_lost())) return kNoOrdinal;
    BATPAK_ASSERT(place >= at_);  // nothing is yielded twice
    at_ = place + 1;
    return plan_->ordinal_at(place);
}

bool RangeState::keeps(const EventView& event) const noexcept {
    const EventFacts facts = event.facts();
    return plan_->keeps(
        at_ - 1, [&](std::uint32_t clause) { return region_.clauses()[clause].contains(facts); });
}

const Result<EventView>* RangeState::next() {
    if (!reader_) return std::exchange(left_, 0) > 0 ? &*current_ : nullptr;
    if (run_ && reader_->side().forked()) {
        run_.reset();
        return &current_.emplace(fail(reader_->side().check().error()));
    }
    while (run_ && left_ > 0) {
        if (!plan_) {
            const Result<bool> entered = enter_run();
            if (!entered) {
                // Nobody knows which events of this run the region keeps: the walk ends here.
                run_.reset();
                return &current_.emplace(fail(entered.error()));
            }
            if (!*entered) continue;
        }
        const std::uint32_t ordinal = next_ordinal();
        if (ordinal == kNoOrdinal) {
            end_plan();
            continue;
        }
        if (!current_) current_.emplace();
        reader_->read_into({*run_, ordinal}, options_.check, *current_);
        const bool counts = !*current_ || plan_->is_exact() || keeps(**current_);
        if (!counts) continue;
        --left_;
        return &*current_;
    }
    return nullptr;
}

void RangeState::end_plan() noexcept {
    if (plan_is_lost()) {
        plan_.reset();
    } else {
        leave_run();
    }
}

// Not where events are damaged: their lists lack those.
Result<std::optional<std::uint64_t>> RangeState::sum_of_run() {
    return reader_->ask(*run_, [this](const Index& index) {
        if (index.damage() != nullptr) return std::optional<std::uint64_t>();
        return OrdinalPlan::sum_of_lists(index, reader_->run_count(*run_), region_);
    });
}

// It takes the way of next(), and reads an event only where the plan gives more than the region
// has.
Result<std::uint64_t> RangeState::count_up_to(std::uint64_t reads_max) {
    std::uint64_t count = 0;
    std::uint64_t reads = 0;
    while (run_ && left_ > 0) {
        if (!plan_) {
            BATPAK_TRY(const bool entered, enter_run());
            if (!entered) continue;
            // Not where the walk has come into the run already. Nor where the count is bounded for
            // those who then look for the events: a sum does not say that reading finds them.
            std::optional<std::uint64_t> sum;
            if (at_ == 0 && (plan_->is_exact() || reads_max == kNoBound)) {
                BATPAK_TRY(sum, sum_of_run());
            }
            if (sum) {
                const std::uint64_t counted = std::min(*sum, left_);
                count += counted;
                left_ -= counted;
                leave_run();
                continue;
            }
        }
        const std::uint32_t ordinal = next_ordinal();
        if (ordinal == kNoOrdinal) {
            end_plan();
            continue;
        }
        if (!plan_->is_exact()) {
            if (reads == reads_max) return count;
            ++reads;
            BATPAK_TRY(const EventView event, reader_->read({*run_, ordinal}, options_.check));
            if (!keeps(event)) continue;
        }
        ++count;
        --left_;
    }
    run_.reset();
    return count;
}

Result<std::uint64_t> RangeState::count() { return count_up_to(kNoBound); }

// The walk stands one place behind the event that it did not read.
Result<CountedPart> RangeState::count_newest(std::uint64_t reads_max) {
    BATPAK_ASSERT(!is_forward());
    BATPAK_TRY(const std::uint64_t events, count_up_to(reads_max));
    if (!run_) return CountedPart{events};
    BATPAK_ASSERT(plan_ && at_ > 0);
    return CountedPart{events, index_->first().plus(plan_->ordinal_at(at_ - 1)).next()};
}

}  // namespace batpak::store

namespace batpak {

EventRange::EventRange(std::unique_ptr<store::RangeState> state) : state_(std::move(state)) {}
EventRange::EventRange(EventRange&&) noexcept = default;
EventRange& EventRange::operator=(EventRange&&) noexcept = default;
EventRange::~EventRange() = default;

const Result<EventView>* EventRange::next() { return state_ ? state_->next() : nullptr; }

EventRange::Iterator::Iterator(store::RangeState* state) : state_(state) { ++*this; }

EventRange::Iterator& EventRange::Iterator::operator++() {
    current_ = state_ != nullptr ? state_->next() : nullptr;
    return *this;
}

}  // namespace batpak
