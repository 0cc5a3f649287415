// Field types: which types a payload's fields may have, sorted by their form in MessagePack.
//
//     bool, enum, integers, float, double      boolean, integer, integer, float 32, float 64
//     std::string (UTF-8)                      string
//     Bytes, std::array<std::byte, n>          binary
//     Id, Hash                                 binary of 16, 32 bytes
//     Sequence, Version                        integer
//     std::chrono durations and time points    integer, whole microseconds
//     std::optional<T>                         nil or T
//     std::vector<T>, std::array<T, n>         array
//     std::pair, std::tuple                    array of their elements
//     std::set, std::unordered_set             array in the order of the elements, each once
//     std::map, std::unordered_map             map in the order of the keys
//     plain structs                            map of names to fields
//     std::variant<T...>                       array of two: which T, counted from 0, and its value
//     std::monostate                           nil
//     Value, nlohmann::json (json.hpp)         anything
//     types of several named parts             map of one key, the part's name
//     your own types                           what their FieldCodec says: see custom_field.hpp
//
// Equal values have equal bytes: also unordered containers are written in the order of their keys.
// Keys are strings, integers, enumerations, Bytes, ids, hashes and times. Sets and maps are known
// by their members, so that those of other libraries do as well. The types of several named parts
// are batpak's own sum types, such as Outcome.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ratio>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/base/hash.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/event/custom_field.hpp"
#include "batpak/event/fields.hpp"
#include "batpak/event/value.hpp"

namespace batpak::detail {

template <class T, template <class...> class Template>
inline constexpr bool is_of = false;
template <template <class...> class Template, class... Arguments>
inline constexpr bool is_of<Template<Arguments...>, Template> = true;

template <class T>
inline constexpr std::size_t array_size = 0;
template <class T, std::size_t N>
inline constexpr std::size_t array_size<std::array<T, N>> = N;

template <class T>
concept Enumeration = std::is_enum_v<T>;

template <class T>
concept Optional = is_of<T, std::optional>;

template <class T>
concept FixedBytes = array_size<T> > 0 && std::same_as<typename T::value_type, std::byte>;

template <class T>
concept FixedDigest = is_of<T, Id> || std::same_as<T, Hash>;

template <class T>
concept Counter = is_of<T, Ordinal>;

template <class T>
concept Vector = is_of<T, std::vector> && !std::same_as<T, Bytes>;

template <class T>
concept FixedList = array_size<T> > 0 && !FixedBytes<T>;

template <class T>
concept TupleLike = is_of<T, std::pair> || is_of<T, std::tuple>;

template <class T>
concept Variant = is_of<T, std::variant>;

// By their members: containers of other libraries may be these as well. Those that hold equal keys,
// such as std::multiset, are not.
template <class T>
concept Set = requires(T& set, typename T::key_type key) {
    requires std::same_as<typename T::key_type, typename T::value_type>;
    { set.insert(std::move(key)).second } -> std::convertible_to<bool>;
};
template <class T>
concept Map = requires(T& map, typename T::key_type key) {
    typename T::mapped_type;
    { map.try_emplace(std::move(key)).second } -> std::convertible_to<bool>;
};
template <class T>
concept Unordered = requires { typename T::hasher; };

template <class T>
concept Duration = is_of<T, std::chrono::duration> && std::integral<typename T::rep>;

template <class T>
concept TimePoint = is_of<T, std::chrono::time_point> && Duration<typename T::duration>;

// Whether no two of them are equal once they are whole microseconds.
template <class T>
consteval bool is_exact_time() {
    if constexpr (TimePoint<T>) {
        return is_exact_time<typename T::duration>();
    } else if constexpr (Duration<T>) {
        return std::ratio_divide<typename T::period, std::micro>::den == 1;
    } else {
        return false;
    }
}

// What may be a key: what has one order, in which keys that differ have bytes that differ.
template <class T>
consteval bool is_key() {
    if constexpr (CustomField<T>) {
        return is_key<FormOf<T>>();
    } else {
        return std::integral<T> || Enumeration<T> || std::same_as<T, std::string> ||
               std::same_as<T, Bytes> || FixedBytes<T> || FixedDigest<T> || Counter<T> ||
               is_exact_time<T>();
    }
}

// What an ordered set may hold.
template <class T>
consteval bool is_element() {
    return is_key<T>() || !(Duration<T> || TimePoint<T>);
}

// Whether nil is one of its values: then a std::optional of it could not tell that from nothing.
template <class T>
consteval bool may_be_nil() {
    if constexpr (CustomField<T>) {
        return may_be_nil<FormOf<T>>();
    } else {
        return Optional<T> || std::same_as<T, std::monostate>;
    }
}

// The way to the std::variant of a type that is always one of several parts. Such a type befriends
// this, and names the parts in `kPartNames`, in their order.
struct PartsAccess {
    template <class T>
    static constexpr auto&& parts(T&& whole) noexcept {
        return std::forward<T>(whole).parts_;
    }
};

template <class T>
concept Alternatives = requires(T& whole) {
    T::kPartNames.size();
    PartsAccess::parts(whole).index();
};

// A struct that is written field by field.
template <class T>
concept FieldStruct =
    Reflected<T> && !CustomField<T> && !FixedDigest<T> && !Counter<T> && array_size<T> == 0 &&
    !std::same_as<T, Value> && !std::same_as<T, std::monostate>;

template <class T>
consteval auto find_required() {
    std::array<bool, field_count<T>> marks{};
    if constexpr (requires { typename T::required; }) {
        if constexpr (std::same_as<typename T::required, all_fields>) {
            using Fields = decltype(field_references(std::declval<T&>()));
            [&]<std::size_t... I>(std::index_sequence<I...>) {
                ((marks[I] = !Optional<std::remove_cvref_t<std::tuple_element_t<I, Fields>>>), ...);
            }(std::make_index_sequence<field_count<T>>());
        } else {
            static_assert(is_fields<typename T::required>,
                          "batpak: `required` is batpak::fields<...> or batpak::all_fields");
            marks = mark_required<T>(typename T::required());
        }
    }
    return marks;
}

// Whether a payload must have the field, for each of them.
template <FieldStruct T>
inline constexpr std::array<bool, field_count<T>> field_required = find_required<T>();

// Ticks of a duration as microseconds, rounded down; empty if they do not fit.
template <Duration T>
constexpr std::optional<std::int64_t> to_microseconds(T duration) noexcept {
    using Each = std::ratio_divide<typename T::period, std::micro>;
    const auto ticks = static_cast<std::int64_t>(duration.count());
    std::int64_t product = 0;
    if (!std::in_range<std::int64_t>(duration.count()) ||
        __builtin_mul_overflow(ticks, Each::num, &product)) {
        return std::nullopt;
    }
    const std::int64_t rest = product % Each::den;
    return product / Each::den - (rest < 0 ? 1 : 0);
}

// Empty if the duration cannot hold exactly so many.
template <Duration T>
constexpr std::optional<T> from_microseconds(std::int64_t us) noexcept {
    using Each = std::ratio_divide<std::micro, typename T::period>;
    std::int64_t product = 0;
    if (__builtin_mul_overflow(us, Each::num, &product)) return std::nullopt;
    const std::int64_t ticks = product / Each::den;
    if (product % Each::den != 0 || !std::in_range<typename T::rep>(ticks)) return std::nullopt;
    return T(static_cast<typename T::rep>(ticks));
}

}  // namespace batpak::detail
