// Printers: what a test shows of batpak's values when it fails, as a person would write them.
//
// A failing EXPECT_EQ(stored.sequence(), Sequence(3)) says "sequence 2", and an event is one line:
// `event 3: Moved 0xF001 v1 of player:1@room, version 0: {"hp":3}, at 2026-11-30T20:56:46.5...`
//
// They are operators << to a std::ostream in batpak's namespace, which GoogleTest, Catch2, doctest
// and others find by themselves; neither is included. Include it in each test file of a program:
// where one that does not prints such a value, the linker may take its byte dump for all of them.
// The texts are for people, and change.
//
// Threads: the functions are thread-safe
// Errors:  none; a payload that cannot be decoded is shown as bytes
#pragma once

#include <concepts>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "batpak/base/error.hpp"
#include "batpak/base/hash.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/result.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/coordinate/coordinate.hpp"
#include "batpak/coordinate/event_kind.hpp"
#include "batpak/coordinate/hlc.hpp"
#include "batpak/event/detail/payload_layout.hpp"
#include "batpak/event/event.hpp"
#include "batpak/guard/denial.hpp"
#include "batpak/store/options.hpp"
#include "batpak/store/reads.hpp"

namespace batpak::testing {

// ---- one value, as text

template <class Tag>
std::string describe(Ordinal<Tag> ordinal) {
    return (std::same_as<Tag, SequenceTag> ? "sequence " : "version ") + to_string(ordinal);
}
template <class Tag>
std::string describe(const Id<Tag>& id) {
    return to_string(id);
}
std::string describe(const Hash& hash);
std::string describe(EventKind kind);
// "player:1@room".
std::string describe(const Coordinate& coordinate);
// "2026-11-30T20:56:46.530738Z", and the counter if it is not 0.
std::string describe(const Hlc& hlc);
std::string describe(const Position& position);
std::string describe(const EventHeader& header);
std::string describe(const EventView& event);
std::string describe(const HeldEvent& event);
std::string describe(const Error& error);
std::string describe(ErrorCode code);
std::string describe(ErrorClass error_class);
std::string describe(const Denial& denial);
std::string describe(Durability durability);
std::string describe(const AppendReceipt& receipt);
std::string describe(const Metadata& metadata);

// A payload as JSON, if it is MessagePack; else its bytes in hexadecimal digits, at most 32.
std::string describe_payload(BytesView payload);

namespace detail {

// What a StoredEvent of any type has besides its payload. Borrows: all of it.
struct StoredParts {
    const Coordinate& coordinate;
    const Position& position;
    const EventHeader& header;
    const Metadata& metadata;
    const std::vector<std::string>& tags;
    std::string_view kind_name;
};
std::string describe_stored(const StoredParts& parts, const std::string& payload);
std::string describe_event(const EventHeader& header, std::string_view kind_name,
                           const std::string& payload);

template <class P>
std::string payload_text(const P& payload) {
    Buffer buffer;
    if (!PayloadCodec<P>::encode(payload, buffer)) return "a payload that has no MessagePack form";
    return describe_payload(buffer.view());
}

template <class P>
constexpr std::string_view kind_name_of() {
    if constexpr (TypedEvent<P>) {
        return event_name_of<P>();
    } else {
        return {};
    }
}

}  // namespace detail

template <class P>
std::string describe(const Event<P>& event) {
    return detail::describe_event(event.header, detail::kind_name_of<P>(),
                                  detail::payload_text(event.payload));
}
template <class P>
std::string describe(const StoredEvent<P>& event) {
    return detail::describe_stored(
        {event.coordinate, event.position, event.event.header, event.event.metadata,
         event.event.tags, detail::kind_name_of<P>()},
        event.erased ? "erased" : detail::payload_text(event.payload()));
}

namespace detail {

// Asked of the exact type: what converts to a printed one has a way of its own to be printed.
template <class T>
inline constexpr bool is_printed = false;
template <class Tag>
inline constexpr bool is_printed<Ordinal<Tag>> = true;
template <class Tag>
inline constexpr bool is_printed<Id<Tag>> = true;
template <class P>
inline constexpr bool is_printed<Event<P>> = true;
template <class P>
inline constexpr bool is_printed<StoredEvent<P>> = true;
template <class T>
    requires(std::same_as<T, Hash> || std::same_as<T, EventKind> || std::same_as<T, Coordinate> ||
             std::same_as<T, Hlc> || std::same_as<T, Position> || std::same_as<T, EventHeader> ||
             std::same_as<T, EventView> || std::same_as<T, HeldEvent> || std::same_as<T, Error> ||
             std::same_as<T, ErrorCode> || std::same_as<T, ErrorClass> || std::same_as<T, Denial> ||
             std::same_as<T, Durability> || std::same_as<T, AppendReceipt> ||
             std::same_as<T, Metadata>)
inline constexpr bool is_printed<T> = true;

template <class T>
std::string value_text(const T& value) {
    if constexpr (is_printed<T>) {
        return describe(value);
    } else {
        return "a value";
    }
}
template <class T>
std::string value_text(const std::optional<T>& value) {
    return value ? value_text(*value) : "nothing";
}

}  // namespace detail

// The value, or "error: " and what is wrong.
template <class T>
std::string describe(const Result<T>& result) {
    if (!result) return "error: " + describe(result.error());
    if constexpr (std::is_void_v<T>) {
        return "success";
    } else {
        return detail::value_text(*result);
    }
}

namespace detail {

template <class T>
inline constexpr bool is_printed<Result<T>> = true;

}  // namespace detail

}  // namespace batpak::testing

namespace batpak {

// For a test framework, which finds it by the type of the value.
template <class T>
    requires testing::detail::is_printed<T>
std::ostream& operator<<(std::ostream& out, const T& value) {
    return out << testing::describe(value);
}

}  // namespace batpak
