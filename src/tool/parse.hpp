// Parse: arguments as values.
//
// Threads: the functions are thread-safe
// Errors:  InvalidArgument, which quotes the text; ReservedKind
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "batpak/base/id.hpp"
#include "batpak/base/result.hpp"
#include "batpak/coordinate/event_kind.hpp"
#include "batpak/store/options.hpp"

namespace batpak::tool {

// "42". Decimal digits only.
[[nodiscard]] Result<std::uint64_t> parse_number(std::string_view text);
// "0xF001" or "61441". Reserved kinds are legal: whoever appends refuses them.
[[nodiscard]] Result<EventKind> parse_kind(std::string_view text);
// "0xF" or "15".
[[nodiscard]] Result<std::uint8_t> parse_category(std::string_view text);
[[nodiscard]] Result<EventId> parse_event_id(std::string_view text);
// "any", "none", "exists" or a version.
[[nodiscard]] Result<ExpectedVersion> parse_expect(std::string_view text);
// "user=alice": everything behind the first '=' is the value.
[[nodiscard]] Result<std::pair<std::string, std::string>> parse_pair(std::string_view text);
// Microseconds since 1970 of
//     2025-11-22, 2025-11-22T08:46:14[.123456][Z|+01:00]    a date; UTC unless it says otherwise
//     @1763801174[.5]                                       seconds since 1970
//     90s, 15m, 2h, 7d                                      so long before `now_us`
[[nodiscard]] Result<std::int64_t> parse_time(std::string_view text, std::int64_t now_us);

}  // namespace batpak::tool
