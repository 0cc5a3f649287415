// Sequence and Version: the two numbers that order events, as types that cannot be swapped.
//
// A Sequence is the 0-based, dense place of an event in the whole store; a Version is its
// 0-based, dense place in the stream of its entity. Both also serve as an exclusive end ("all
// events before this one"), which is how every range of batpak is written: [begin, end).
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>

#include "batpak/base/detail/language.hpp"

namespace batpak {

// A number of its own type, so that no two kinds of them are mistaken for each other.
template <class Tag>
struct Ordinal {
    std::uint64_t value = 0;

    constexpr Ordinal() = default;
    constexpr explicit Ordinal(std::uint64_t number) noexcept : value(number) {}

    constexpr Ordinal next() const noexcept { return Ordinal(value + 1); }
    constexpr Ordinal plus(std::uint64_t count) const noexcept { return Ordinal(value + count); }

    friend constexpr auto operator<=>(const Ordinal&, const Ordinal&) = default;
};

using Sequence = Ordinal<struct SequenceTag>;
using Version = Ordinal<struct VersionTag>;

template <class Tag>
std::string to_string(Ordinal<Tag> ordinal) {
    return std::to_string(ordinal.value);
}

}  // namespace batpak

template <class Tag>
struct std::hash<batpak::Ordinal<Tag>> {
    std::size_t operator()(batpak::Ordinal<Tag> ordinal) const noexcept {
        return std::hash<std::uint64_t>()(ordinal.value);
    }
};
