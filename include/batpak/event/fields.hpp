// Fields: the names and values of a payload's fields, which are its form on disk.
//
// A plain struct needs nothing: its members are its fields. Renames, private members and base
// classes need one line inside the type, below the members it names:
//
//     using fields = batpak::fields<batpak::field<&Moved::player_, "who">, &Moved::x>;
//
// Threads: immutable value
// Errors:  none; types without fields do not compile
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include "batpak/event/aggregate.hpp"

namespace batpak {

// A string as a template argument.
template <std::size_t N>
struct FieldName {
    char text[N] = {};

    consteval FieldName(const char (&literal)[N]) { std::copy_n(literal, N, text); }
    constexpr std::string_view view() const noexcept { return {text, N - 1}; }
};

template <auto Member, FieldName Name>
struct NamedField {
    static constexpr auto kMember = Member;
    static constexpr std::string_view kName = Name.view();
};

// One member under another name, such as field<&Moved::player_, "who">.
template <auto Member, FieldName Name>
inline constexpr NamedField<Member, Name> field{};

namespace detail {

template <auto Entry>
struct Described {
    static_assert(std::is_member_object_pointer_v<decltype(Entry)>,
                  "batpak::fields takes &Type::member and batpak::field<&Type::member, \"name\">");
    static constexpr auto kMember = Entry;
    static constexpr std::string_view kName = last_word(text_of_argument<Entry>());
};
template <auto Member, FieldName Name, NamedField<Member, Name> Entry>
struct Described<Entry> : NamedField<Member, Name> {};

}  // namespace detail

// The fields of a type, in the order in which they are written.
template <auto... Entries>
struct fields {
    static constexpr std::size_t kCount = sizeof...(Entries);
    static constexpr std::array<std::string_view, kCount> kNames = {
        detail::Described<Entries>::kName...};

    template <class T>
    static constexpr auto tie(T& whole) {
        return std::tie(whole.*detail::Described<Entries>::kMember...);
    }
};

namespace detail {

template <class T>
inline constexpr bool is_fields = false;
template <auto... Entries>
inline constexpr bool is_fields<fields<Entries...>> = true;

template <class T>
concept HasDescriptor = requires { typename T::fields; } && is_fields<typename T::fields>;

template <class T>
consteval std::size_t count_fields() {
    if constexpr (HasDescriptor<T>) {
        static_assert(T::fields::kCount <= kFieldsMax, "batpak: 32 fields at most: nest structs");
        return T::fields::kCount;
    } else {
        return aggregate_field_count<T>();
    }
}

template <class T, std::size_t... I>
consteval auto names_of(std::index_sequence<I...>) {
    if constexpr (HasDescriptor<T>) {
        return T::fields::kNames;
    } else {
        return std::array<std::string_view, sizeof...(I)>{aggregate_field_name<T, I>()...};
    }
}

template <std::size_t N>
consteval bool all_differ(std::array<std::string_view, N> names) {
    std::ranges::sort(names);
    return std::ranges::adjacent_find(names) == names.end() &&
           std::ranges::find(names, "") == names.end();
}

}  // namespace detail

// Types that have fields: described ones, and plain structs.
template <class T>
concept Reflected = detail::HasDescriptor<T> || (std::is_class_v<T> && std::is_aggregate_v<T>);

template <Reflected T>
inline constexpr std::size_t field_count = detail::count_fields<T>();

template <Reflected T>
inline constexpr std::array<std::string_view, field_count<T>> field_names =
    detail::names_of<T>(std::make_index_sequence<field_count<T>>());

// A tuple of references to the fields.
template <class T>
    requires Reflected<std::remove_const_t<T>>
constexpr auto field_references(T& whole) {
    using Type = std::remove_const_t<T>;
    static_assert(detail::all_differ(field_names<Type>), "batpak: two fields have one name");
    if constexpr (detail::HasDescriptor<Type>) {
        return Type::fields::tie(whole);
    } else {
        return detail::tie_fields(whole);
    }
}

}  // namespace batpak
