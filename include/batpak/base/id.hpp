// Id: 128 bits that name one thing forever, printed as a UUID.
//
// Bytes are big-endian, so that the order of bytes is the order of ids. Event ids are UUID
// version 7 (RFC 9562): their order is the order of commit.
//
// Threads: immutable value
// Errors:  none; parse() refuses with an empty optional
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "batpak/base/bytes.hpp"

namespace batpak {

using IdBytes = std::array<std::byte, 16>;

// 8-4-4-4-12 lower-case hexadecimal digits.
std::string id_to_text(const IdBytes& bytes);
// Reads exactly that form, in either case.
std::optional<IdBytes> id_from_text(std::string_view text) noexcept;

template <class Tag>
struct Id {
    IdBytes bytes{};

    static std::optional<Id> parse(std::string_view text) noexcept {
        const std::optional<IdBytes> parsed = id_from_text(text);
        if (!parsed) return std::nullopt;
        return Id{*parsed};
    }

    bool is_nil() const noexcept { return bytes == IdBytes{}; }
    BytesView view() const noexcept { return bytes; }
    friend auto operator<=>(const Id&, const Id&) = default;
};

// Names an event, for ever and in every store.
using EventId = Id<struct EventTag>;
// Names a log: one history, from its first event to a fork.
using LogId = Id<struct LogTag>;

template <class Tag>
std::string to_string(const Id<Tag>& id) {
    return id_to_text(id.bytes);
}

}  // namespace batpak
