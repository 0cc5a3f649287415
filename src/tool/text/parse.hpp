// Parse: arguments as values.
//
// Threads: the functions are thread-safe
// Errors:  InvalidArgument, which quotes the text; ReservedKind
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "batpak/base/hash.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/result.hpp"
#include "batpak/coordinate/event_kind.hpp"
#include "batpak/store/options.hpp"

namespace batpak::tool {

// "42". Decimal digits only.
[[nodiscard]] Result<std::uint64_t> parse_number(std::string_view text);
// "50M": a number of bytes above 0; K, M and G are 1024 of the one before.
[[nodiscard]] Result<std::uint64_t> parse_byte_count(std::string_view text);
// "0xF001" or "61441". Reserved kinds are legal: an append refuses them.
[[nodiscard]] Result<EventKind> parse_kind(std::string_view text);
// Whether a text that is no kind was meant as the number of one, and not as a name: "0x10000",
// "-1", "F001".
bool looks_like_kind_number(std::string_view text) noexcept;
// "0xF" or "15".
[[nodiscard]] Result<std::uint8_t> parse_category(std::string_view text);
[[nodiscard]] Result<EventId> parse_event_id(std::string_view text);
// "any", "none", "exists" or a version.
[[nodiscard]] Result<ExpectedVersion> parse_expect(std::string_view text);
// 64 hexadecimal digits.
[[nodiscard]] Result<Hash> parse_hash(std::string_view text);
// "user=alice": everything after the first '=' is the value.
[[nodiscard]] Result<std::pair<std::string, std::string>> parse_pair(std::string_view text);
// Microseconds since 1970 of
//     2025-11-22, 2025-11-22T08:46:14[.123456][Z|+01:00]    a date; UTC unless it says otherwise
//     @1763801174[.5]                                       seconds since 1970
//     90s, 15m, 2h, 7d                                      so long before `now_us`
// All that RFC 3339 allows is a date: lower case, a point with any number of digits, of which those
// beyond the sixth are cut off, and second 60 where a leap second may be, at the end of a month in
// UTC: it is the first second of the next month, as clocks without leap seconds have it.
[[nodiscard]] Result<std::int64_t> parse_time(std::string_view text, std::int64_t now_us);

// The same, its error opening with the name of the option or argument that it is about.
template <class T>
[[nodiscard]] Result<T> named(std::string_view name, Result<T> parsed) {
    if (parsed) return parsed;
    const Error& error = parsed.error();
    return fail(error.code(), std::string(name) + ": " + error.detail());
}

}  // namespace batpak::tool
