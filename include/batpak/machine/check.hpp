// Check: a test that is made from a state machine's table: every state with every event.
//
//     auto store = Store::open(testing::memory_config()).value();
//     const MachineCheck check = check_every_pair<Door>(store);
//     EXPECT_TRUE(check.ok()) << check.problem;              // or any other framework, or none
//
// For each pair a machine is driven into the state by real events, along the shortest path, and
// read back. Then it is given the event. What the compiler would say, what can() says and what
// happens must agree: the event is appended and leads where the table says, or its guard says no;
// or it is refused and nothing is appended. An illegal event that is appended past the machine must
// be found when the machine is read. Events have their default values.
//
// Threads: the store is used by this thread only
// Errors:  none; see MachineCheck
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "batpak/machine/state_machine.hpp"

namespace batpak {

struct MachineCheck {
    std::uint64_t pairs = 0;
    std::uint64_t legal = 0;   // of them, by the table
    std::uint64_t denied = 0;  // of the legal ones, by their guard
    std::string problem{};     // the first; empty if all is well

    bool ok() const noexcept { return problem.empty(); }
};

namespace detail {

// What came of an event that was given to a machine.
struct Attempt {
    bool can = false;          // what can() said
    std::uint16_t before = 0;  // the states
    std::uint16_t after = 0;
    Result<void> outcome;
};

// A machine and its events, without their types.
struct PairsSubject {
    const MachineTable& table;
    std::span<const bool> compiles{};  // [state * events + event]
    // Past the machine.
    Result<AppendReceipt> (*append)(Store& store, const Coordinate& coordinate,
                                    std::uint16_t event);
    // Through it. Errors: those of reading it first.
    Result<Attempt> (*attempt)(Store& store, const Coordinate& coordinate, std::uint16_t event);
    Result<std::uint16_t> (*read)(const Store& store, const Coordinate& coordinate);
};

MachineCheck check_pairs(Store& store, const PairsSubject& subject);

template <class Machine, class Event>
Result<Attempt> attempt_event(Store& store, const Coordinate& coordinate) {
    BATPAK_TRY(AnyState<Machine> machine, Machine::load(store, coordinate));
    Attempt attempt{machine.template can<Event>(), machine.index(), machine.index(), {}};
    auto done = store.transition(coordinate, std::move(machine), Event{});
    if (!done) {
        attempt.outcome = fail(std::move(done).error());
        return attempt;
    }
    attempt.after = done->state.index();
    return attempt;
}

template <class Machine, class StateList, class EventList>
struct PairsOf;
template <class Machine, class... States, class... Events>
struct PairsOf<Machine, StateSet<States...>, EventSet<Events...>> {
    template <class State>
    static constexpr std::array<bool, sizeof...(Events)> kRow{
        Machine::template allows<State, Events>...};

    static Result<AppendReceipt> append(Store& store, const Coordinate& coordinate,
                                        std::uint16_t event) {
        using Append = Result<AppendReceipt> (*)(Store&, const Coordinate&);
        constexpr std::array<Append, sizeof...(Events)> kAppends{
            [](Store& to, const Coordinate& where) { return to.append(where, Events{}); }...};
        return kAppends[event](store, coordinate);
    }
    static Result<Attempt> attempt(Store& store, const Coordinate& coordinate,
                                   std::uint16_t event) {
        using Try = Result<Attempt> (*)(Store&, const Coordinate&);
        constexpr std::array<Try, sizeof...(Events)> kTries{&attempt_event<Machine, Events>...};
        return kTries[event](store, coordinate);
    }
    static Result<std::uint16_t> read(const Store& store, const Coordinate& coordinate) {
        BATPAK_TRY(const AnyState<Machine> machine, Machine::load(store, coordinate));
        return machine.index();
    }
    static constexpr auto kCompiles = [] {
        std::array<bool, sizeof...(States) * sizeof...(Events)> all{};
        std::size_t at = 0;
        const auto add = [&](const std::array<bool, sizeof...(Events)>& row) {
            for (const bool legal : row) all[at++] = legal;
        };
        (add(kRow<States>), ...);
        return all;
    }();
};

}  // namespace detail

// Requires: the store has no entities named "check:...".
template <class Machine>
MachineCheck check_every_pair(Store& store) {
    using Pairs = detail::PairsOf<Machine, typename Machine::States, typename Machine::Events>;
    return detail::check_pairs(
        store, {Machine::table(), Pairs::kCompiles, &Pairs::append, &Pairs::attempt, &Pairs::read});
}

}  // namespace batpak
