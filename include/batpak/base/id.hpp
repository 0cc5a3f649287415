// Id: 128 bits that name one thing forever, printed as a UUID.
//
// Bytes are big-endian, so that the order of bytes is the order of ids. Event ids are UUID
// version 7 (RFC 9562): their order is the order of commit. The store makes the ids of its events.
// A caller that needs an id before there is an event, to correlate what it is about to append,
// makes one itself:
//
//     AppendOptions options;
//     options.correlation_id = EventId::make();
//
// Threads: immutable value; make() is thread-safe
// Errors:  none; parse() refuses with an empty optional
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "batpak/base/bytes.hpp"

namespace batpak {

class Entropy;

// An id as it is stored: most significant byte first.
using IdBytes = std::array<std::byte, 16>;

// 8-4-4-4-12 lower-case hexadecimal digits.
std::string id_to_text(const IdBytes& bytes);
// Reads exactly that form, in either case.
std::optional<IdBytes> id_from_text(std::string_view text) noexcept;
// UUID version 7 of a time in microseconds since 1970, and of 74 random bits; never nil.
IdBytes make_id_bytes(std::int64_t wall_us, Entropy& entropy) noexcept;
// Of the system's clock and randomness.
IdBytes make_id_bytes();
// For hash tables of this process, keyed with its secrets: see TextHash.
std::size_t hash_of_id(const IdBytes& bytes) noexcept;

template <class Tag>
struct Id {
    IdBytes bytes{};

    // A new one, which no one else has: not even a child after fork(). Those of one millisecond are
    // in no order.
    [[nodiscard]] static Id make() { return Id{make_id_bytes()}; }
    // The same from a clock's wall_us() and an entropy, for programs that bring their own.
    [[nodiscard]] static Id make(std::int64_t wall_us, Entropy& entropy) noexcept {
        return Id{make_id_bytes(wall_us, entropy)};
    }

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

template <class Tag>
struct std::hash<batpak::Id<Tag>> {
    std::size_t operator()(const batpak::Id<Tag>& id) const noexcept {
        return batpak::hash_of_id(id.bytes);
    }
};
