// Typestate: data whose state is part of its type, so that the compiler knows what may be done.
//
//     template <StateOf<ValveStates> State>
//     class Valve : public Typestate<ValveStates, State, ValveData> {
//     public:
//         using Valve::Typestate::Typestate;
//         Valve<Flowing> open() && requires std::same_as<State, Shut> {
//             return std::move(*this).template become<Valve<Flowing>>();
//         }
//     };
//
// Valve<Shut> and Valve<Flowing> are two types. A method with a requires-clause exists only in some
// states, and become() is only for the methods of the derived class. A value is moved, never
// copied: after a transition there is no way back to the previous state.
//
// It needs no store. See StateMachine for states that are written down as events.
//
// Threads: as Data
// Errors:  none; using a moved-from value aborts
#pragma once

#include <utility>

#include "batpak/base/assert.hpp"
#include "batpak/machine/detail/state_set.hpp"

namespace batpak {
namespace detail {

// Whether a value is still here, or was moved away.
class Presence {
public:
    Presence() = default;
    Presence(Presence&& other) noexcept : here_(std::exchange(other.here_, false)) {}
    Presence& operator=(Presence&& other) noexcept {
        here_ = std::exchange(other.here_, false);
        return *this;
    }
    ~Presence() = default;

    bool here() const noexcept { return here_; }

private:
    bool here_ = true;
};

}  // namespace detail

template <class Set, StateOf<Set> State, class Data>
class Typestate {
public:
    using States = Set;
    using Current = State;

    explicit Typestate(Data data) : data_(std::move(data)) {}

    template <StateOf<Set> Other>
    static constexpr bool is = std::is_same_v<State, Other>;

    // Requires: this was not moved away.
    const Data& data() const& {
        BATPAK_ASSERT(presence_.here());
        return data_;
    }
    Data into_data() && {
        BATPAK_ASSERT(presence_.here());
        [[maybe_unused]] const detail::Presence gone = std::move(presence_);
        return std::move(data_);
    }

protected:
    // `Next` is a Typestate of the same set and data, in another state or in this one.
    template <class Next>
    [[nodiscard]] Next become() && {
        static_assert(StateOf<typename Next::Current, Set>,
                      "batpak: a typestate goes to a state of its own set");
        return Next(std::move(*this).into_data());
    }
    // For the methods of the derived class. Requires: this was not moved away.
    Data& mutable_data() & {
        BATPAK_ASSERT(presence_.here());
        return data_;
    }

private:
    Data data_;
    detail::Presence presence_;
};

}  // namespace batpak
