// InState and AnyState: a machine in a state that the compiler knows, or that only a read finds.
//
//     InState<Door, Closed> closed = ...;            only what leaves Closed compiles
//     AnyState<Door> door = Door::load(...).value();
//     if (door.holds<Closed>()) { auto closed = std::move(door).take<Closed>(); ... }
//
// Both belong to one entity in one store, at one version of its stream. They are moved, never
// copied; a transition takes one and gives the next. After a failed transition they are unchanged.
//
// Threads: thread-compatible
// Errors:  AnyState::load() IllegalEvent, and those of reading; take() WrongState
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "batpak/machine/detail/replay.hpp"
#include "batpak/machine/detail/state_set.hpp"

namespace batpak {

class Store;
template <class Machine>
class AnyState;

template <class Machine, class State>
class InState {
public:
    // Requires, here and below: it was not moved away.
    const State& state() const {
        BATPAK_ASSERT(place_.here());
        return state_;
    }
    const State* operator->() const { return &state(); }
    const std::string& entity() const noexcept { return place_.entity(); }
    // What the next transition expects of the stream.
    ExpectedVersion expected_version() const noexcept { return place_.expected(); }

private:
    friend class Store;
    friend class AnyState<Machine>;
    friend Machine;

    InState(detail::StreamPlace place, State state)
        : place_(std::move(place)), state_(std::move(state)) {}

    detail::StreamPlace place_;
    State state_;
};

template <class Machine>
class AnyState {
public:
    using States = typename Machine::States;

    // See StoreReads::machine().
    [[nodiscard]] static Result<AnyState> load(const StoreReads& reads, std::string_view entity) {
        Variant states{typename Machine::Start{}};
        BATPAK_TRY(detail::StreamPlace place,
                   detail::replay(reads, entity, Machine::code(), &states));
        return AnyState(std::move(place), std::move(states));
    }

    // The number of the state in Machine::States, and its name.
    std::uint16_t index() const {
        BATPAK_ASSERT(place_.here());
        return static_cast<std::uint16_t>(states_.index());
    }
    std::string_view name() const { return States::names[index()]; }
    template <StateOf<States> State>
    bool holds() const {
        return index() == States::template index_of<State>;
    }
    // Null if the machine is in another state.
    template <StateOf<States> State>
    const State* get_if() const {
        BATPAK_ASSERT(place_.here());
        return std::get_if<States::template index_of<State>>(&states_);
    }
    // Whether an event of this kind, or type, is legal now. A guard may refuse it nevertheless.
    bool can(EventKind kind) const { return Machine::can(index(), kind); }
    template <class Event>
    bool can() const {
        static_assert(Machine::template knows<Event>, "batpak: the machine knows no such event");
        return can(Event::kind);
    }

    const std::string& entity() const noexcept { return place_.entity(); }
    ExpectedVersion expected_version() const noexcept { return place_.expected(); }

    // The machine in this very state. Errors: WrongState, if it is in another; then it stays here.
    template <StateOf<States> State>
    [[nodiscard]] Result<InState<Machine, State>> take() && {
        constexpr std::uint16_t kIndex = States::template index_of<State>;
        if (index() != kIndex) return fail(detail::wrong_state(Machine::table(), index(), kIndex));
        return InState<Machine, State>(std::move(place_), std::get<kIndex>(std::move(states_)));
    }
    // All states, each with a type of its own, for std::visit.
    auto typed() && {
        return typed_as(std::make_index_sequence<States::size>(), static_cast<States*>(nullptr));
    }

private:
    using Variant = typename States::Variant;
    friend class Store;

    AnyState(detail::StreamPlace place, Variant states)
        : place_(std::move(place)), states_(std::move(states)) {}

    // The states after an event. Errors: IllegalTransition, TransitionDenied, DecodeFailed and its
    // like.
    Result<Variant> after(const detail::EncodedEvent& event) const {
        const std::optional<std::uint16_t> edge = Machine::table().edge(index(), event.kind);
        if (!edge) return fail(detail::illegal_transition(Machine::table(), index(), event.kind));
        Variant next = states_;
        BATPAK_CHECK(detail::step(Machine::code(), *edge, event, &next));
        return next;
    }

    template <std::size_t... kIndex, class... S>
    std::variant<InState<Machine, S>...> typed_as(std::index_sequence<kIndex...>, StateSet<S...>*) {
        using Typed = std::variant<InState<Machine, S>...>;
        using Maker = Typed (*)(detail::StreamPlace&&, Variant&&);
        constexpr std::array<Maker, sizeof...(S)> kMakers{
            [](detail::StreamPlace&& place, Variant&& states) {
                return Typed(
                    std::in_place_index<kIndex>,
                    InState<Machine, S>(std::move(place), std::get<kIndex>(std::move(states))));
            }...};
        return kMakers[index()](std::move(place_), std::move(states_));
    }

    detail::StreamPlace place_;
    Variant states_;
};

// What a transition gives: the machine in its next state, and the receipt of the event.
template <class Next>
struct Transitioned {
    Next state;
    AppendReceipt receipt{};
};

}  // namespace batpak
