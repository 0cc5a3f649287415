// Rows: how a state machine is written down, one row for each transition.
//
//     On<Open, DoorClosed, Closed>                 Open, by DoorClosed, becomes Closed
//     On<Closed, DoorLocked, Locked, lock>         Locked lock(const Closed&, const DoorLocked&)
//     On<Locked, DoorUnlocked, Closed, code_fits>
//                                   bool code_fits(const Locked&, const DoorUnlocked&)
//
// A row may name functions: one that returns the next state, and one that returns bool, its guard.
// Both must depend on nothing but their arguments: the first is called again whenever the machine
// is read from its stream. It may take the state by value, to build the next one out of it. Without
// it, a state without data is created automatically, and a state that a row leads back to itself
// stays unchanged.
//
// Threads: immutable value
// Errors:  none; a row that makes no sense does not compile
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include "batpak/event/detail/payload_layout.hpp"
#include "batpak/machine/detail/replay.hpp"
#include "batpak/machine/detail/state_set.hpp"

namespace batpak {

template <class FromState, class TypedEventOfRow, class ToState, auto... Functions>
struct On {
    static_assert(TypedEvent<TypedEventOfRow>,
                  "batpak: the event of a row is a payload struct with a `kind`");

    using From = FromState;
    using Event = TypedEventOfRow;
    using To = ToState;
};

// The state in which a machine begins, as its first item. Without it: the From of the first row.
template <class State>
struct Initial {};

// The events of a machine.
template <class... Events>
struct EventSet {};

// A text as a template argument.
template <std::size_t kBytes>
struct FixedText {
    consteval FixedText(const char (&literal)[kBytes]) {  // NOLINT: a literal is an array
        for (std::size_t i = 0; i < kBytes; ++i) text[i] = literal[i];
    }
    constexpr std::string_view view() const noexcept { return {text.data(), kBytes - 1}; }

    std::array<char, kBytes> text{};
};

namespace detail {

// ---- lists of types, indexed

template <std::size_t kIndex, class T>
struct IndexedType {
    using type = T;
};
template <class Indexes, class... T>
struct IndexedTypes;
template <std::size_t... kIndex, class... T>
struct IndexedTypes<std::index_sequence<kIndex...>, T...> : IndexedType<kIndex, T>... {};

template <std::size_t kIndex, class T>
IndexedType<kIndex, T> indexed_type(const IndexedType<kIndex, T>*);

template <class... T>
using TypeList = IndexedTypes<std::index_sequence_for<T...>, T...>;
template <class List, std::size_t kIndex>
using TypeAt = typename decltype(indexed_type<kIndex>(static_cast<List*>(nullptr)))::type;

// ---- what is wrong with a table. The names of the types are in what the compiler says.

template <bool kOnce, class From, class Event>
struct RowsFrom {
    static_assert(kOnce, "batpak: two rows leave one state by one event: which one is meant?");
};
template <bool kReachable, class State>
struct WayTo {
    static_assert(kReachable, "batpak: no rows lead from the initial state to this state");
};
template <bool kKnown, class State>
struct InitialState {
    static_assert(kKnown, "batpak: the initial state is in no row");
};
template <bool kIsThere, class From, class Event>
struct TransitionFrom {
    static_assert(kIsThere, "batpak: the machine has no transition from this state by this event");
};

// ---- the functions of a row

template <auto kFunction, class From, class Event>
struct RowFunction {
    static_assert(std::invocable<decltype(kFunction), From, const Event&>,
                  "batpak: a function of a row is called with its From and its Event");
    using Answer = std::invoke_result_t<decltype(kFunction), From, const Event&>;
};

template <auto kFunction, class From, class Event>
inline constexpr bool kIsGuard =
    std::same_as<typename RowFunction<kFunction, From, Event>::Answer, bool>;
template <auto kFunction, class From, class Event, class To>
inline constexpr bool kIsMaker =
    std::same_as<typename RowFunction<kFunction, From, Event>::Answer, To>;

template <class From, class Event, class To, auto... Functions>
struct RowCode {
    static constexpr std::size_t kGuards =
        (std::size_t{kIsGuard<Functions, From, Event>} + ... + 0);
    static constexpr std::size_t kMakers =
        (std::size_t{kIsMaker<Functions, From, Event, To>} + ... + 0);
    static_assert(kGuards + kMakers == sizeof...(Functions),
                  "batpak: a function of a row returns bool, or the state that the row leads to");
    static_assert(kGuards <= 1 && kMakers <= 1,
                  "batpak: a row has one guard and one maker at most");
    static_assert(kMakers == 1 || std::same_as<From, To> || std::is_empty_v<To>,
                  "batpak: the state that this row leads to has data: name the function that makes "
                  "it from the state before and the event");

    static bool permits(const From& from, const Event& event) {
        return (permits_by<Functions>(from, event) && ...);
    }
    static To next(From from, const Event& event) {
        if constexpr (kMakers == 1) {
            return made_by<Functions...>(std::move(from), event);
        } else if constexpr (std::same_as<From, To>) {
            return from;
        } else {
            return To{};
        }
    }

private:
    template <auto kFunction>
    static bool permits_by(const From& from, const Event& event) {
        if constexpr (kIsGuard<kFunction, From, Event>) {
            return kFunction(from, event);
        } else {
            return true;
        }
    }
    template <auto kFunction, auto... kMore>
    static To made_by(From from, const Event& event) {
        if constexpr (kIsMaker<kFunction, From, Event, To>) {
            return kFunction(std::move(from), event);
        } else {
            return made_by<kMore...>(std::move(from), event);
        }
    }
};

// Without functions there is nothing to ask: by far the most rows, so they are kept cheap.
template <class From, class Event, class To>
struct RowCode<From, Event, To> {
    static constexpr std::size_t kGuards = 0;
    static_assert(std::same_as<From, To> || std::is_empty_v<To>,
                  "batpak: the state that this row leads to has data: name the function that makes "
                  "it from the state before and the event");

    static bool permits(const From& /*from*/, const Event& /*event*/) { return true; }
    static To next([[maybe_unused]] From from, const Event& /*event*/) {
        if constexpr (std::same_as<From, To>) {
            return from;
        } else {
            return To{};
        }
    }
};

template <class Row>
struct CodeOf;
template <class From, class Event, class To, auto... Functions>
struct CodeOf<On<From, Event, To, Functions...>> {
    using type = RowCode<From, Event, To, Functions...>;
};

// ---- the shape of a table: which types are one, and what leads where

struct RowTypes {
    TypeId from;
    TypeId event;
    TypeId to;
};

template <std::size_t kRows>
struct Shape {
    // The list of mentioned types is: the initial state, each row's From, each row's To.
    std::array<std::size_t, 2 * kRows + 1> state_at{};  // where a state is mentioned first
    std::array<std::size_t, kRows> event_at{};          // the row in which an event is, first
    std::array<MachineEdge, kRows> edges{};
    std::size_t states = 0;
    std::size_t events = 0;
    std::size_t double_row = kNowhere;         // the second of two with one From and one Event
    std::size_t unreachable_state = kNowhere;  // its number
    bool initial_is_known = false;             // in the From or To of a row
};

template <std::size_t kRows>
class ShapeMaker {
public:
    consteval ShapeMaker(TypeId initial, const std::array<RowTypes, kRows>& rows) {
        (void)state(initial, 0);
        for (std::size_t i = 0; i < kRows; ++i) {
            shape_.edges[i].from = state(rows[i].from, 1 + i);
            shape_.edges[i].to = state(rows[i].to, 1 + kRows + i);
            shape_.edges[i].event = event(rows[i].event, i);
            if (rows[i].from == initial || rows[i].to == initial) shape_.initial_is_known = true;
            for (std::size_t before = 0; before < i; ++before) {
                if (shape_.edges[before].from == shape_.edges[i].from &&
                    shape_.edges[before].event == shape_.edges[i].event)
                    shape_.double_row = i;
            }
        }
        find_unreachable();
    }
    consteval Shape<kRows> shape() const { return shape_; }

private:
    consteval std::uint16_t state(TypeId type, std::size_t mentioned_at) {
        for (std::size_t i = 0; i < shape_.states; ++i) {
            if (states_[i] == type) return static_cast<std::uint16_t>(i);
        }
        states_[shape_.states] = type;
        shape_.state_at[shape_.states] = mentioned_at;
        return static_cast<std::uint16_t>(shape_.states++);
    }
    consteval std::uint16_t event(TypeId type, std::size_t row) {
        for (std::size_t i = 0; i < shape_.events; ++i) {
            if (events_[i] == type) return static_cast<std::uint16_t>(i);
        }
        events_[shape_.events] = type;
        shape_.event_at[shape_.events] = row;
        return static_cast<std::uint16_t>(shape_.events++);
    }
    consteval void find_unreachable() {
        std::array<bool, 2 * kRows + 1> reached{true};
        for (bool more = true; more;) {
            more = false;
            for (const MachineEdge& edge : shape_.edges) {
                if (!reached[edge.from] || reached[edge.to]) continue;
                reached[edge.to] = true;
                more = true;
            }
        }
        for (std::size_t i = shape_.states; i > 0; --i) {
            if (!reached[i - 1]) shape_.unreachable_state = i - 1;
        }
    }

    std::array<TypeId, 2 * kRows + 1> states_{};
    std::array<TypeId, kRows> events_{};
    Shape<kRows> shape_;
};

}  // namespace detail
}  // namespace batpak
