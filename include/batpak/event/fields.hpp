// Fields: the names and values of a payload's fields, which are its form on disk.
//
// A plain struct needs nothing: its members are its fields. Renames, private members and base
// classes need one line inside the type, below the members it names:
//
//     using fields = batpak::fields<batpak::field<&Moved::player_, "who">, &Moved::x>;
//
// A second line names the fields that a payload must have. Any other field that a payload lacks
// keeps its default, since an older program may have written the payload before there was the
// field.
//
//     using required = batpak::fields<&Moved::player_>;
//
// Or batpak::all_fields.
//
// Threads: immutable value
// Errors:  none; types without fields do not compile
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include "batpak/event/detail/aggregate.hpp"

namespace batpak {

// A string as a template argument.
template <std::size_t N>
struct FieldName {
    char text[N] = {};

    consteval FieldName(const char (&literal)[N]) {
        for (std::size_t i = 0; i < N; ++i) text[i] = literal[i];
    }
    constexpr std::string_view view() const noexcept { return {text, N - 1}; }
};

// The type of field<>.
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

// As `required` of a type: a payload must have each of its fields that is no std::optional.
struct all_fields {};

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

// Where the value stands in the list; at its end if it does not. <algorithm> would cost each user
// of this header more than all the rest of it.
template <class T, std::size_t N>
consteval std::size_t position_of(const T& value, const std::array<T, N>& list) {
    std::size_t at = 0;
    while (at < N && !(list[at] == value)) ++at;
    return at;
}

template <std::size_t N>
consteval bool all_differ(const std::array<std::string_view, N>& names) {
    for (std::size_t i = 0; i < N; ++i) {
        if (names[i].empty() || position_of(names[i], names) != i) return false;
    }
    return true;
}

// No constant: the compiler's error names it, and so says what is wrong.
void required_names_no_field_of_the_type();

template <class T, auto Member>
inline constexpr bool is_member_of = requires(T& whole) { whole.*Member; };

template <auto A, auto B>
consteval bool same_member() {
    if constexpr (std::same_as<decltype(A), decltype(B)>) {
        return A == B;
    } else {
        return false;
    }
}

// The place of a required entry among the fields of T: by its name where members have no other, by
// its member where a description may give it one. The number of fields if it is none of them.
template <class T, auto Entry, auto... Entries>
consteval std::size_t place_of(fields<Entries...>) {
    constexpr std::array<bool, sizeof...(Entries)> kSame = {
        same_member<Described<Entries>::kMember, Described<Entry>::kMember>()...};
    return position_of(true, kSame);
}
template <class T, auto Entry, std::size_t N>
consteval std::size_t place_of(const std::array<std::string_view, N>& names) {
    if constexpr (is_member_of<T, Described<Entry>::kMember>) {
        return position_of(Described<Entry>::kName, names);
    } else {
        return N;
    }
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

namespace detail {

template <class T, auto... Required>
consteval auto mark_required(fields<Required...>) {
    constexpr std::size_t kCount = field_count<T>;
    std::array<bool, kCount> marks{};
    const auto mark = [&](std::size_t place) {
        if (place == kCount) required_names_no_field_of_the_type();
        marks[place] = true;
    };
    if constexpr (HasDescriptor<T>) {
        (mark(place_of<T, Required>(typename T::fields())), ...);
    } else {
        (mark(place_of<T, Required>(field_names<T>)), ...);
    }
    return marks;
}

}  // namespace detail

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
