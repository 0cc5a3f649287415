// State sets and typestates alone: no machine, no store. What must not compile is in
// tests/compile_fail/typestate.cpp.
#include "batpak/machine/typestate.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <string>

#include "support/faults/throwing_asserts.hpp"

namespace batpak::testing {
namespace {

struct Shut {};
struct Flowing {
    static constexpr std::string_view state_name = "Running";
};
struct Burst {};
struct Foreign {};
using ValveStates = StateSet<Shut, Flowing, Burst>;

struct ValveData {
    std::string name;
    int turns = 0;
};

template <StateOf<ValveStates> State>
class Valve : public Typestate<ValveStates, State, ValveData> {
public:
    using Valve::Typestate::Typestate;

    Valve<Flowing> open() &&
        requires std::same_as<State, Shut>
    {
        ++this->mutable_data().turns;
        return std::move(*this).template become<Valve<Flowing>>();
    }
    Valve<Shut> shut() &&
        requires std::same_as<State, Flowing>
    {
        ++this->mutable_data().turns;
        return std::move(*this).template become<Valve<Shut>>();
    }
    Valve<Burst> burst() && requires(!std::same_as<State, Burst>) {
        return std::move(*this).template become<Valve<Burst>>();
    }
};

template <class T>
concept CanOpen = requires(T valve) { std::move(valve).open(); };
template <class T>
concept CanShut = requires(T valve) { std::move(valve).shut(); };
template <class T>
concept CanBurst = requires(T valve) { std::move(valve).burst(); };

TEST(StateSet, IsClosedAndOrdered) {
    static_assert(ValveStates::size == 3);
    static_assert(StateOf<Flowing, ValveStates> && !StateOf<Foreign, ValveStates>);
    static_assert(ValveStates::index_of<Shut> == 0 && ValveStates::index_of<Burst> == 2);
    static_assert(std::same_as<ValveStates::Variant, std::variant<Shut, Flowing, Burst>>);
    EXPECT_EQ(ValveStates::names, (std::array<std::string_view, 3>{"Shut", "Running", "Burst"}));
}

TEST(Typestate, HasMethodsInTheStatesThatTheyAreFor) {
    static_assert(CanOpen<Valve<Shut>> && !CanOpen<Valve<Flowing>> && !CanOpen<Valve<Burst>>);
    static_assert(!CanShut<Valve<Shut>> && CanShut<Valve<Flowing>> && !CanShut<Valve<Burst>>);
    static_assert(CanBurst<Valve<Shut>> && CanBurst<Valve<Flowing>> && !CanBurst<Valve<Burst>>);
    static_assert(!std::same_as<Valve<Shut>, Valve<Flowing>>);
    static_assert(Valve<Shut>::is<Shut> && !Valve<Shut>::is<Burst>);
    static_assert(!std::copy_constructible<Valve<Shut>> && std::movable<Valve<Shut>>);
    static_assert(!std::default_initializable<Valve<Shut>>);
}

TEST(Typestate, CarriesItsDataAlong) {
    Valve<Shut> valve(ValveData{"north", 0});
    auto flowing = std::move(valve).open();
    auto burst = std::move(flowing).shut().open().burst();
    EXPECT_EQ(burst.data().name, "north");
    EXPECT_EQ(burst.data().turns, 3);
    EXPECT_EQ(std::move(burst).into_data().turns, 3);
}

TEST(Typestate, WhatWasMovedAwayCannotBeUsed) {
    const ThrowingAsserts asserts;
    Valve<Shut> valve(ValveData{"north", 0});
    auto flowing = std::move(valve).open();
    EXPECT_THROW((void)std::as_const(valve).data(), AssertionFailed);  // NOLINT: that is the test
    EXPECT_THROW((void)std::move(valve).open(), AssertionFailed);
    (void)std::move(flowing).into_data();
    EXPECT_THROW((void)std::move(flowing).into_data(), AssertionFailed);  // NOLINT
}

}  // namespace
}  // namespace batpak::testing
