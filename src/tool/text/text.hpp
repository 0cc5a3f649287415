// Text: values as people read them on a terminal, which no stored name may take over.
//
// Threads: the functions are thread-safe
// Errors:  none
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace batpak::tool {

// The text with everything that a terminal would obey or hide made visible: control characters
// as \n or \x1b, bytes that are no UTF-8 as \xff, and characters that change the direction of text
// or show nothing as \u{202e}. A backslash is doubled.
std::string escape(std::string_view text);

// The text between double quotes, as JSON. Requires: is_utf8(text). With `ascii`, everything
// beyond ASCII is escaped too, so that a terminal shows it as it is.
std::string json_quote(std::string_view text, bool ascii);

// How many columns of a terminal a UTF-8 text takes: two for each wide character, such as those of
// East Asia and most emoji, none for one that is drawn over the one before it, else one.
std::size_t columns(std::string_view text) noexcept;

// The text cut to at most `max` columns, the last of which is then an ellipsis.
std::string shorten(std::string_view text, std::size_t max);

// A name as a message shows it: escaped, in double quotes, cut to `columns_max` unless that is 0.
std::string in_quotes(std::string_view name, std::size_t columns_max = 0);

// "2025-11-22T08:46:14.123456Z"; "@<microseconds>us" outside the years 0 to 9999.
std::string format_time(std::int64_t unix_us);

// "2025-11-22 08:46:14Z", to the second, as people read it; a filter takes it as a time.
std::string format_second(std::int64_t unix_us);

// "812 B", "64.0 MiB".
std::string format_bytes(std::uint64_t bytes);

// "1,234,567".
std::string format_count(std::uint64_t count);

// "1 event", "1,204 events": the noun in its plural unless it is one.
std::string count_of(std::uint64_t count, std::string_view noun);

// "812 ms", "3.2 s", "4 min 10 s".
std::string format_duration(std::chrono::nanoseconds duration);

}  // namespace batpak::tool
