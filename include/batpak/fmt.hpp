// Fmt: batpak's values under {fmt}'s "{}", for programs that use fmt 9, 10 or 11.
//
// Each is formatted as its to_string() says, and takes the width and alignment of strings. batpak
// itself neither includes nor links fmt.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <fmt/format.h>

#include <string_view>

#include "batpak/base/error.hpp"
#include "batpak/base/hash.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/coordinate/coordinate.hpp"
#include "batpak/coordinate/event_kind.hpp"
#include "batpak/guard/denial.hpp"
#include "batpak/guard/gate_name.hpp"

namespace batpak::detail {

template <class T>
struct TextFormatter : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(const T& value, Context& context) const {
        return fmt::formatter<std::string_view>::format(to_string(value), context);
    }
};

}  // namespace batpak::detail

template <class Tag>
struct fmt::formatter<batpak::Ordinal<Tag>> : batpak::detail::TextFormatter<batpak::Ordinal<Tag>> {
};
template <class Tag>
struct fmt::formatter<batpak::Id<Tag>> : batpak::detail::TextFormatter<batpak::Id<Tag>> {};
template <>
struct fmt::formatter<batpak::EventKind> : batpak::detail::TextFormatter<batpak::EventKind> {};
template <>
struct fmt::formatter<batpak::Hash> : batpak::detail::TextFormatter<batpak::Hash> {};
template <>
struct fmt::formatter<batpak::Coordinate> : batpak::detail::TextFormatter<batpak::Coordinate> {};
template <>
struct fmt::formatter<batpak::Denial> : batpak::detail::TextFormatter<batpak::Denial> {};
template <>
struct fmt::formatter<batpak::GateName> : batpak::detail::TextFormatter<batpak::GateName> {};
template <>
struct fmt::formatter<batpak::GateSetId> : batpak::detail::TextFormatter<batpak::GateSetId> {};
template <>
struct fmt::formatter<batpak::ErrorCode> : batpak::detail::TextFormatter<batpak::ErrorCode> {};
template <>
struct fmt::formatter<batpak::ErrorClass> : batpak::detail::TextFormatter<batpak::ErrorClass> {};
template <>
struct fmt::formatter<batpak::Error> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(const batpak::Error& error, Context& context) const {
        return fmt::formatter<std::string_view>::format(error.to_string(), context);
    }
};
