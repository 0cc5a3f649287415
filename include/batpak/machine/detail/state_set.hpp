// StateSet: the closed list of the states that a thing can be in.
//
//     struct Shut {};
//     struct Flowing { int litres = 0; };
//     using ValveStates = StateSet<Shut, Flowing>;
//
// A state is a type of its own, with or without data. Its name is State::state_name if there is
// one, else the name of its type. A set can be used alone, by Typestate, or as the States of a
// StateMachine.
//
// Threads: immutable value
// Errors:  none; a type that is not in the set does not compile
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <variant>

#include "batpak/event/detail/payload_layout.hpp"

namespace batpak {
namespace detail {

// Types as values, so that tables of them are made by plain constexpr code and not by recursion
// over templates: that is what keeps large machines quick to compile.
template <class T>
inline constexpr char kTypeMark = 0;

class TypeId {
public:
    constexpr TypeId() = default;  // no type
    explicit constexpr TypeId(const char* mark) noexcept : mark_(mark) {}

    // With -fsanitize=undefined, GCC takes no comparison of the addresses of two objects for a
    // constant; that of one object with itself it does, so what is no constant is not the same.
    friend constexpr bool operator==(TypeId a, TypeId b) noexcept {
        return __builtin_constant_p(a.mark_ == b.mark_) && a.mark_ == b.mark_;
    }

private:
    const char* mark_ = nullptr;
};
template <class T>
inline constexpr TypeId kTypeId(&kTypeMark<T>);

inline constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

template <std::size_t kCount>
consteval std::size_t place_of(TypeId type, const std::array<TypeId, kCount>& types) {
    for (std::size_t i = 0; i < kCount; ++i) {
        if (types[i] == type) return i;
    }
    return kNowhere;
}

template <std::size_t kCount>
consteval bool are_distinct(const std::array<TypeId, kCount>& types) {
    for (std::size_t i = 0; i < kCount; ++i) {
        if (place_of(types[i], types) != i) return false;
    }
    return true;
}

template <class State>
consteval std::string_view state_name() {
    if constexpr (requires { std::string_view(State::state_name); }) {
        return State::state_name;
    } else {
        return type_name<State>();
    }
}

}  // namespace detail

template <class... States>
struct StateSet {
    static constexpr std::size_t size = sizeof...(States);
    static constexpr std::array<detail::TypeId, size> types{detail::kTypeId<States>...};
    static_assert(size > 0 && size < UINT16_MAX, "batpak: a set has one to 65534 states");
    static_assert(detail::are_distinct(types), "batpak: a state stands twice in a StateSet");

    using Variant = std::variant<States...>;

    template <class State>
    static constexpr bool contains =
        detail::place_of(detail::kTypeId<State>, types) != detail::kNowhere;
    // The place of a state in the list.
    template <class State>
        requires contains<State>
    static constexpr std::uint16_t index_of =
        static_cast<std::uint16_t>(detail::place_of(detail::kTypeId<State>, types));
    // In the order of the list.
    static constexpr std::array<std::string_view, size> names{detail::state_name<States>()...};
};

template <class State, class Set>
concept StateOf = Set::template contains<State>;

}  // namespace batpak
