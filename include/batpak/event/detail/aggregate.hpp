// Aggregate: how many fields a plain struct has, what they are called, and references to them.
//
// C++20 has no reflection, but three of its rules together give the same for aggregates. The count
// is the n for which braces take n values and not n + 1. A structured binding gives each field. The
// address of a field of an object that is declared and never defined may be a template argument,
// and compilers print template arguments, name included. Boost.PFR works the same way.
//
// C arrays, base classes and more than 32 fields fail to compile, with words that say what to do. A
// type that cannot be taken apart this way (private members included) is described with
// batpak::fields instead.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "batpak/base/detail/language.hpp"

namespace batpak::detail {

inline constexpr std::size_t kFieldsMax = 32;

// Turns, in unevaluated code, into anything but the struct itself, whose copy would pass for its
// first field.
template <class Whole>
struct AnyField {
    template <class T>
        requires(!std::same_as<std::remove_cvref_t<T>, Whole>)
    operator T() const noexcept {
        __builtin_unreachable();
    }
};

// Turns into base classes only.
template <class Whole>
struct AnyBase {
    template <class T>
        requires(std::is_base_of_v<T, Whole> && !std::same_as<std::remove_cv_t<T>, Whole>)
    operator T() const noexcept {
        __builtin_unreachable();
    }
};

// Turns into nothing; only members such as std::any take it.
struct Opaque {};

template <class T>
concept HasBase = requires { T{AnyBase<T>{}}; } && !requires { T{Opaque{}}; };

template <std::size_t, class T>
using Repeat = T;

template <class T, std::size_t... I>
consteval bool takes(std::index_sequence<I...>) {
    return requires { T{Repeat<I, AnyField<T>>{}...}; };
}

// Whether T takes `Before` values, then one in braces of its own, then `After` values.
template <class T, std::size_t... Before, std::size_t... After>
consteval bool takes_braces(std::index_sequence<Before...>, std::index_sequence<After...>) {
    return requires {
        T{Repeat<Before, AnyField<T>>{}..., {AnyField<T>{}}, Repeat<After, AnyField<T>>{}...};
    };
}

// Counted from above: a struct takes fewer values than it has fields, but not more.
template <class T, std::size_t N = kFieldsMax + 1>
consteval std::size_t count_values() {
    if constexpr (N == 0 || takes<T>(std::make_index_sequence<N>())) {
        return N;
    } else {
        return count_values<T, N - 1>();
    }
}

// A C array of n elements takes n values, one of its own braces only one: then there are fewer
// places after it than values.
template <class T, std::size_t Count, std::size_t I = 0>
consteval bool has_c_array() {
    if constexpr (I + 1 >= Count) {
        return false;
    } else if constexpr (takes_braces<T>(std::make_index_sequence<I>(), std::index_sequence<>()) &&
                         !takes_braces<T>(std::make_index_sequence<I>(),
                                          std::make_index_sequence<Count - I - 1>())) {
        return true;
    } else {
        return has_c_array<T, Count, I + 1>();
    }
}

template <class T>
consteval std::size_t aggregate_field_count() {
    static_assert(std::is_aggregate_v<T> && std::is_class_v<T>,
                  "batpak: not a plain struct: give it `using fields = batpak::fields<...>`");
    static_assert(!HasBase<T>,
                  "batpak: a struct with a base needs `using fields = batpak::fields<...>`");
    constexpr std::size_t kCount = count_values<T>();
    static_assert(kCount <= kFieldsMax, "batpak: an event has 32 fields at most: nest structs");
    static_assert(!has_c_array<T, kCount>(), "batpak: use std::array instead of a C array");
    return kCount;
}

template <std::size_t N>
using Count = std::integral_constant<std::size_t, N>;

// clang-format off
template <class T> constexpr auto tie_counted(T&, Count<0>) { return std::tie(); }
template <class T> constexpr auto tie_counted(T& whole, Count<1>) {
    auto& [f0] = whole;
    return std::tie(f0);
}
template <class T> constexpr auto tie_counted(T& whole, Count<2>) {
    auto& [f0, f1] = whole;
    return std::tie(f0, f1);
}
template <class T> constexpr auto tie_counted(T& whole, Count<3>) {
    auto& [f0, f1, f2] = whole;
    return std::tie(f0, f1, f2);
}
template <class T> constexpr auto tie_counted(T& whole, Count<4>) {
    auto& [f0, f1, f2, f3] = whole;
    return std::tie(f0, f1, f2, f3);
}
template <class T> constexpr auto tie_counted(T& whole, Count<5>) {
    auto& [f0, f1, f2, f3, f4] = whole;
    return std::tie(f0, f1, f2, f3, f4);
}
template <class T> constexpr auto tie_counted(T& whole, Count<6>) {
    auto& [f0, f1, f2, f3, f4, f5] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5);
}
template <class T> constexpr auto tie_counted(T& whole, Count<7>) {
    auto& [f0, f1, f2, f3, f4, f5, f6] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6);
}
template <class T> constexpr auto tie_counted(T& whole, Count<8>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7);
}
template <class T> constexpr auto tie_counted(T& whole, Count<9>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7, f8);
}
template <class T> constexpr auto tie_counted(T& whole, Count<10>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9);
}
template <class T> constexpr auto tie_counted(T& whole, Count<11>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10);
}
template <class T> constexpr auto tie_counted(T& whole, Count<12>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11);
}
template <class T> constexpr auto tie_counted(T& whole, Count<13>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12);
}
template <class T> constexpr auto tie_counted(T& whole, Count<14>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13);
}
template <class T> constexpr auto tie_counted(T& whole, Count<15>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14);
}
template <class T> constexpr auto tie_counted(T& whole, Count<16>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15);
}
template <class T> constexpr auto tie_counted(T& whole, Count<17>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16);
}
template <class T> constexpr auto tie_counted(T& whole, Count<18>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17);
}
template <class T> constexpr auto tie_counted(T& whole, Count<19>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17,
           f18] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17,
                    f18);
}
template <class T> constexpr auto tie_counted(T& whole, Count<20>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18,
           f19] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17,
                    f18, f19);
}
template <class T> constexpr auto tie_counted(T& whole, Count<21>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19,
           f20] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17,
                    f18, f19, f20);
}
template <class T> constexpr auto tie_counted(T& whole, Count<22>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19,
           f20, f21] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17,
                    f18, f19, f20, f21);
}
template <class T> constexpr auto tie_counted(T& whole, Count<23>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19,
           f20, f21, f22] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17,
                    f18, f19, f20, f21, f22);
}
template <class T> constexpr auto tie_counted(T& whole, Count<24>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19,
           f20, f21, f22, f23] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17,
                    f18, f19, f20, f21, f22, f23);
}
template <class T> constexpr auto tie_counted(T& whole, Count<25>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19,
           f20, f21, f22, f23, f24] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17,
                    f18, f19, f20, f21, f22, f23, f24);
}
template <class T> constexpr auto tie_counted(T& whole, Count<26>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19,
           f20, f21, f22, f23, f24, f25] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17,
                    f18, f19, f20, f21, f22, f23, f24, f25);
}
template <class T> constexpr auto tie_counted(T& whole, Count<27>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19,
           f20, f21, f22, f23, f24, f25, f26] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17,
                    f18, f19, f20, f21, f22, f23, f24, f25, f26);
}
template <class T> constexpr auto tie_counted(T& whole, Count<28>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19,
           f20, f21, f22, f23, f24, f25, f26, f27] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17,
                    f18, f19, f20, f21, f22, f23, f24, f25, f26, f27);
}
template <class T> constexpr auto tie_counted(T& whole, Count<29>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19,
           f20, f21, f22, f23, f24, f25, f26, f27, f28] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17,
                    f18, f19, f20, f21, f22, f23, f24, f25, f26, f27, f28);
}
template <class T> constexpr auto tie_counted(T& whole, Count<30>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19,
           f20, f21, f22, f23, f24, f25, f26, f27, f28, f29] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17,
                    f18, f19, f20, f21, f22, f23, f24, f25, f26, f27, f28, f29);
}
template <class T> constexpr auto tie_counted(T& whole, Count<31>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19,
           f20, f21, f22, f23, f24, f25, f26, f27, f28, f29, f30] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17,
                    f18, f19, f20, f21, f22, f23, f24, f25, f26, f27, f28, f29, f30);
}
template <class T> constexpr auto tie_counted(T& whole, Count<32>) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19,
           f20, f21, f22, f23, f24, f25, f26, f27, f28, f29, f30, f31] = whole;
    return std::tie(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17,
                    f18, f19, f20, f21, f22, f23, f24, f25, f26, f27, f28, f29, f30, f31);
}
// clang-format on

// References to the fields, in the order of their declaration.
template <class T>
constexpr auto tie_fields(T& whole) {
    return tie_counted(whole, Count<aggregate_field_count<std::remove_const_t<T>>()>());
}

template <class T>
struct Holder {
    T value;
};

// Declared, never defined, never read: only addresses are taken of it.
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif
template <class T>
extern const Holder<T> nowhere;

template <class Field>
struct Address {
    const Field* field;
};
template <class Field>
Address(const Field*) -> Address<Field>;

// Not a string_view: gcc would explain that type in the text as well. The argument has a name
// because clang prints no other.
template <auto Argument>
consteval const char* text_of_argument() {
    return __PRETTY_FUNCTION__;
}

// The last word of that text: "... [with auto Argument = Address<int>{(& nowhere<Moved>
// .Holder<Moved>::value.Moved::x)}]" gives "x".
consteval std::string_view last_word(std::string_view text) {
    const std::size_t end = text.find_last_not_of(")}]; ") + 1;
    const std::size_t before = text.find_last_of(":.&", end - 1);
    return text.substr(before + 1, end - before - 1);
}

template <class T, std::size_t I>
consteval std::string_view aggregate_field_name() {
    return last_word(text_of_argument<Address{&std::get<I>(tie_fields(nowhere<T>.value))}>());
}
#if defined(__clang__)
#pragma clang diagnostic pop
#endif

}  // namespace batpak::detail
