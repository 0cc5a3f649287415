// DecisionModel: the states that a decision rests on, and the condition under which it still holds.
//
//     struct CourseSeats {
//         static constexpr auto projection =
//             batpak::projection_of<CourseDefined, StudentEnrolled>("course-seats", 1);
//         std::string course;
//         int seats = 0, taken = 0;
//         batpak::Region region() const { return batpak::Region::tag("course:" + course); }
//         void on(const CourseDefined& defined) { seats = defined.seats; }
//         void on(const StudentEnrolled&) { ++taken; }
//     };
//
//     const auto model = store.decide(CourseSeats{course}, StudentLoad{student}).value();
//     const auto& [seats, load] = model.states();
//     if (seats.taken == seats.seats || load.courses == 10) return;
//     const auto receipt = store.append(where, StudentEnrolled{student, course},
//                                       {.condition = model.condition()});
//
// Each state is a projection that also says which events it is about; decide() folds all of them in
// one pass over one query. The condition is made of the same query, so no event that any of the
// states would have counted can come between unseen, and events that none of them counts do not
// disturb. retry_on_conflict() in <batpak/store/retry.hpp> decides again where others were faster.
//
// Threads: immutable value
// Errors:  decide(): those of reads; DecodeFailed, NewerPayload, MissingUpcaster
#pragma once

#include <array>
#include <concepts>
#include <tuple>
#include <utility>

#include "batpak/guard/judged_view.hpp"
#include "batpak/projection/projection.hpp"
#include "batpak/store/options.hpp"
#include "batpak/store/reads.hpp"

namespace batpak {

// A projection that says which events it is about.
template <class T>
concept DecisionState = Projection<T> && requires(const T& state) {
    { state.region() } -> std::convertible_to<Region>;
};

template <class... States>
class DecisionModel {
    static_assert((DecisionState<States> && ...),
                  "batpak: a state that a decision rests on is a projection with a function "
                  "`batpak::Region region() const`");

public:
    // In the order in which they were given.
    const std::tuple<States...>& states() const& noexcept { return states_; }
    // To go on with, such as an aggregate that records what it decides.
    std::tuple<States...> states() && { return std::move(states_); }
    template <class State>
    const State& get() const noexcept {
        return std::get<State>(states_);
    }

    // No event that a state counts, from what was seen on. Of an append, or of a batch.
    AppendCondition condition() const { return {region_, seen_end_}; }
    // The same for gates: a receipt that is judged on it is committed only if it still holds.
    JudgedView judged_view() const { return JudgedView::create(log_id_, seen_end_, region_); }

    const Region& region() const noexcept { return region_; }
    // One past the last event that was taken into account.
    Sequence seen_end() const noexcept { return seen_end_; }

private:
    friend class StoreReads;

    DecisionModel(const LogId& log_id, Sequence seen_end, States... states)
        : states_(std::move(states)...), log_id_(log_id), seen_end_(seen_end) {}

    Result<void> fold_from(const StoreReads& reads) {
        return std::apply(
            [&](States&... state) -> Result<void> {
                const std::array<Region, sizeof...(States)> about{
                    Region(state.region()).with_kinds(kinds_of<States>())...};
                for (const Region& one : about) region_ = std::move(region_) | one;
                EventRange range = reads.query(region_, {.end = seen_end_});
                while (const Result<EventView>* event = range.next()) {
                    if (!*event) return fail(event->error());
                    BATPAK_CHECK(fold_one(**event, about.data(), state...));
                }
                return {};
            },
            states_);
    }

    // `about`: the regions of the states that are left.
    static Result<void> fold_one(const EventView&, const Region*) { return {}; }
    template <class State, class... Rest>
    static Result<void> fold_one(const EventView& event, const Region* about, State& state,
                                 Rest&... rest) {
        if (about->contains(event.facts())) BATPAK_CHECK(apply(state, event));
        return fold_one(event, about + 1, rest...);
    }

    std::tuple<States...> states_;
    LogId log_id_;
    Sequence seen_end_;
    Region region_ = Region::none();
};

template <class... States>
Result<DecisionModel<States...>> StoreReads::decide(States... states) const {
    static_assert(sizeof...(States) > 0, "batpak: name the states that the decision rests on");
    DecisionModel<States...> model(log_id(), visible_end(), std::move(states)...);
    BATPAK_CHECK(model.fold_from(*this));
    return model;
}

}  // namespace batpak
