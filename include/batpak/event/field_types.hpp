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
//     std::map<std::string, T>, plain structs  map
//     Value                                    anything
//     types of several named parts             map of one key, the part's name
//
// The last are batpak's own sum types, such as Outcome: see Alternatives.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <ratio>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/base/hash.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/sequence.hpp"
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
concept StringMap = is_of<T, std::map> && std::same_as<typename T::key_type, std::string>;

template <class T>
concept Duration = is_of<T, std::chrono::duration> && std::integral<typename T::rep>;

template <class T>
concept TimePoint = is_of<T, std::chrono::time_point> && Duration<typename T::duration>;

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
    Reflected<T> && !FixedDigest<T> && !Counter<T> && array_size<T> == 0 && !std::same_as<T, Value>;

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
