// KeptState: which states a Projector can keep: those that can be written as a payload.
//
// That is every plain struct of the types in docs/PAYLOADS.md; private members need `using fields`.
// A struct with other members, a std::multiset for example, is projected all the same, and folded
// from the first event every time. A type with its own PayloadCodec says so, and names that form:
//
//     static constexpr std::string_view state_layout = "player, protobuf 3";
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "batpak/event/detail/field_types.hpp"
#include "batpak/event/detail/payload_layout.hpp"

namespace batpak {
namespace detail {

template <class T, class... Outer>
consteval bool has_form();

template <class T, class... Outer, std::size_t... I>
consteval bool fields_have_form(std::index_sequence<I...>) {
    using Fields = decltype(field_references(std::declval<T&>()));
    return (has_form<std::remove_cvref_t<std::tuple_element_t<I, Fields>>, T, Outer...>() && ...);
}

template <class T, class... Outer, template <class...> class Whole, class... Elements>
consteval bool all_have_form(std::type_identity<Whole<Elements...>>) {
    return (has_form<Elements, Outer...>() && ...);
}

// As PayloadEncoder::put sorts types. `Outer` are the structs around T: one may hold itself.
template <class T, class... Outer>
consteval bool has_form() {
    if constexpr ((std::same_as<T, Outer> || ...)) {
        return true;
    } else if constexpr (CustomField<T>) {
        return has_form<FormOf<T>, T, Outer...>();
    } else if constexpr (std::same_as<T, bool> || Enumeration<T> || msgpack::Integer<T> ||
                         std::is_floating_point_v<T> || std::same_as<T, std::string> ||
                         std::same_as<T, Bytes> || FixedBytes<T> || FixedDigest<T> || Counter<T> ||
                         Duration<T> || TimePoint<T> || std::same_as<T, Value> ||
                         std::same_as<T, std::monostate>) {
        return !std::same_as<T, long double>;
    } else if constexpr (Optional<T>) {
        return !may_be_nil<typename T::value_type>() &&
               has_form<typename T::value_type, Outer...>();
    } else if constexpr (Vector<T> || FixedList<T>) {
        return has_form<typename T::value_type, Outer...>();
    } else if constexpr (TupleLike<T> || Variant<T>) {
        return all_have_form<T, Outer...>(std::type_identity<T>());
    } else if constexpr (Set<T>) {
        return (Unordered<T> ? is_key<typename T::key_type>()
                             : is_element<typename T::key_type>()) &&
               has_form<typename T::key_type, Outer...>();
    } else if constexpr (Map<T>) {
        return is_key<typename T::key_type>() && has_form<typename T::mapped_type, Outer...>();
    } else if constexpr (HasDescriptor<T>) {
        return fields_have_form<T, Outer...>(std::make_index_sequence<field_count<T>>());
    } else if constexpr (std::is_class_v<T> && std::is_aggregate_v<T>) {
        if constexpr (HasBase<T>) {
            return false;
        } else if constexpr (count_values<T>() > kFieldsMax) {
            return false;
        } else if constexpr (has_c_array<T, count_values<T>()>()) {
            return false;
        } else {
            return fields_have_form<T, Outer...>(std::make_index_sequence<field_count<T>>());
        }
    } else {
        return false;
    }
}

template <class T>
concept NamesItsForm = requires { std::string_view(T::state_layout); };

}  // namespace detail

template <class T>
concept KeptState = detail::NamesItsForm<T> || detail::has_form<T>();

// What tells the states of one form of T from those of another.
template <KeptState T>
std::string state_layout_of() {
    if constexpr (detail::NamesItsForm<T>) {
        return std::string(T::state_layout);
    } else {
        return detail::LayoutText<T>::of("");
    }
}

}  // namespace batpak
