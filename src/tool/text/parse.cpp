// Each reader takes exactly one spelling of what it reads, and all of the text: "010", " 7" and
// "7x" are no numbers, a date has all its digits. What a person writes in two ways, and a program
// in one, is asked for again instead of guessed.
#include "tool/text/parse.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>

#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

constexpr std::int64_t kSecondUs = 1'000'000;

tl::unexpected<Error> wrong(std::string_view text, std::string_view wanted) {
    return fail(ErrorCode::InvalidArgument, in_quotes(text, 60) + " is not " + std::string(wanted));
}

// from_chars takes no sign, no blank and no prefix: only the end has to be looked at.
std::optional<std::uint64_t> number_of(std::string_view text, int base) {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number, base);
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return number;
}

std::optional<std::uint64_t> hex_or_decimal(std::string_view text) {
    if (text.starts_with("0x") || text.starts_with("0X")) return number_of(text.substr(2), 16);
    return number_of(text, 10);
}

// Takes the texts of a date apart from the front. The first thing that is not there makes it wrong.
class DateReader {
public:
    explicit DateReader(std::string_view text) : rest_(text) {}

    // Exactly `digits` digits.
    std::uint32_t number(std::size_t digits) {
        const auto value = number_of(rest_.substr(0, digits), 10);
        if (!value || rest_.size() < digits) {
            wrong_ = true;
            return 0;
        }
        rest_.remove_prefix(digits);
        return static_cast<std::uint32_t>(*value);
    }
    bool take(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void expect(char c) {
        if (!take(c)) wrong_ = true;
    }
    // The digits after a point, as microseconds; those beyond the sixth are cut off.
    std::int64_t fraction_us() {
        std::int64_t value = 0;
        std::int64_t unit = kSecondUs;
        if (!at_digit()) wrong_ = true;
        for (; at_digit(); expect(rest_[0])) {
            unit /= 10;
            value += unit * (rest_.front() - '0');
        }
        return value;
    }
    bool is_wrong() const { return wrong_; }
    bool is_done() const { return rest_.empty(); }

private:
    bool at_digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }

    std::string_view rest_;
    bool wrong_ = false;
};

struct Clock {
    std::int64_t us = 0;  // since midnight
    bool is_leap = false;
};

Clock read_clock(DateReader& reader, bool& in_range) {
    const std::uint32_t hour = reader.number(2);
    reader.expect(':');
    const std::uint32_t minute = reader.number(2);
    std::uint32_t second = 0;
    std::int64_t fraction = 0;
    if (reader.take(':')) {
        second = reader.number(2);
        if (reader.take('.')) fraction = reader.fraction_us();
    }
    in_range = in_range && hour < 24 && minute < 60 && second <= 60;
    const std::int64_t seconds = std::int64_t{hour} * 3600 + minute * 60 + second;
    return {seconds * kSecondUs + fraction, second == 60};
}

// Leap seconds are put in at the end of a month. Leap seconds come at 23:59:60 UTC; with the zone
// taken off, that is the first second of a month.
bool begins_a_month(std::int64_t unix_us) {
    const std::chrono::sys_time<std::chrono::microseconds> time{std::chrono::microseconds(unix_us)};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    return time - day < std::chrono::seconds(1) && date.day() == std::chrono::day(1);
}

// How far the clock of the text is ahead of UTC.
std::int64_t read_zone(DateReader& reader, bool& in_range) {
    if (reader.take('Z') || reader.take('z') || reader.is_done()) return 0;
    const bool east = reader.take('+');
    if (!east) reader.expect('-');
    const std::uint32_t hours = reader.number(2);
    reader.expect(':');
    const std::uint32_t minutes = reader.number(2);
    in_range = in_range && hours < 24 && minutes < 60;
    const std::int64_t ahead = (std::int64_t{hours} * 60 + minutes) * 60 * kSecondUs;
    return east ? ahead : -ahead;
}

std::optional<std::int64_t> date_of(std::string_view text) {
    DateReader reader(text);
    const std::uint32_t year = reader.number(4);
    reader.expect('-');
    const std::uint32_t month = reader.number(2);
    reader.expect('-');
    const std::uint32_t day = reader.number(2);
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                           std::chrono::month(month), std::chrono::day(day)};
    bool in_range = date.ok();
    Clock clock;
    if (reader.take('T') || reader.take('t') || reader.take(' ')) {
        clock = read_clock(reader, in_range);
        clock.us -= read_zone(reader, in_range);
    }
    if (reader.is_wrong() || !reader.is_done() || !in_range) return std::nullopt;
    // A year has four digits, so that this fits many times over.
    const std::chrono::sys_days days(date);
    const std::int64_t unix_us = days.time_since_epoch().count() * 86400 * kSecondUs + clock.us;
    if (clock.is_leap && !begins_a_month(unix_us)) return std::nullopt;
    return unix_us;
}

std::optional<std::int64_t> seconds_of(std::string_view text) {
    const std::size_t point = std::min(text.find('.'), text.size());
    const auto seconds = number_of(text.substr(0, point), 10);
    // One second of room, for the fraction.
    if (!seconds || *seconds > INT64_MAX / kSecondUs - 1) return std::nullopt;
    std::int64_t us = static_cast<std::int64_t>(*seconds) * kSecondUs;
    if (point < text.size()) {
        DateReader reader(text.substr(point + 1));
        us += reader.fraction_us();
        if (reader.is_wrong() || !reader.is_done()) return std::nullopt;
    }
    return us;
}

// So far back that no clock was set then is a mistake, and would overflow.
std::optional<std::int64_t> duration_of(std::string_view text) {
    if (text.size() < 2) return std::nullopt;
    std::uint64_t unit = 0;
    switch (text.back()) {
        case 's': unit = 1; break;
        case 'm': unit = 60; break;
        case 'h': unit = 3600; break;
        case 'd': unit = 86400; break;
        default: return std::nullopt;
    }
    constexpr std::uint64_t kYears = std::uint64_t{100000} * 366 * 86400;
    const auto count = number_of(text.substr(0, text.size() - 1), 10);
    if (!count || *count > kYears / unit) return std::nullopt;
    return static_cast<std::int64_t>(*count * unit) * kSecondUs;
}

}  // namespace

Result<std::uint64_t> parse_number(std::string_view text) {
    const auto number = number_of(text, 10);
    if (!number) return wrong(text, "a number of decimal digits");
    return *number;
}

Result<std::uint64_t> parse_byte_count(std::string_view text) {
    constexpr std::string_view kUnits = "KMG";
    constexpr unsigned kUnitBits = 10;
    const std::size_t unit = text.empty() ? std::string_view::npos : kUnits.find(text.back());
    const bool has_unit = unit != std::string_view::npos;
    const unsigned bits = has_unit ? kUnitBits * (static_cast<unsigned>(unit) + 1) : 0;
    const auto number = number_of(has_unit ? text.substr(0, text.size() - 1) : text, 10);
    if (!number || *number == 0 || *number > (UINT64_MAX >> bits))
        return wrong(text, "a number of bytes above 0, such as 50M or 4096");
    return *number << bits;
}

Result<EventKind> parse_kind(std::string_view text) {
    const auto number = hex_or_decimal(text);
    if (!number || *number > UINT16_MAX) {
        return wrong(text, "an event kind: give 0x0000 to 0xFFFF, or its decimal number");
    }
    return EventKind::from_number(static_cast<std::uint16_t>(*number));
}

bool looks_like_kind_number(std::string_view text) noexcept {
    constexpr std::string_view kDigits = "0123456789";
    constexpr std::size_t kHexDigits = 4;
    if (text.empty()) return true;
    if (std::string_view("+-0123456789").find(text.front()) != std::string_view::npos) return true;
    // "F001" is a number whose 0x was forgotten; "face" has no digit, and may be a name.
    const bool is_hex = text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
    const bool has_digit = text.find_first_of(kDigits) != std::string_view::npos;
    return is_hex && has_digit && text.size() <= kHexDigits;
}

Result<std::uint8_t> parse_category(std::string_view text) {
    const auto number = hex_or_decimal(text);
    if (!number || *number > 0xF) return wrong(text, "a category: give 0 to 15, or 0x0 to 0xF");
    return static_cast<std::uint8_t>(*number);
}

Result<EventId> parse_event_id(std::string_view text) {
    const auto id = EventId::parse(text);
    if (!id) return wrong(text, "an event id such as 0193cafe-0000-7000-8000-000000000000");
    return *id;
}

Result<ExpectedVersion> parse_expect(std::string_view text) {
    if (text == "any") return ExpectedVersion::any();
    if (text == "none") return ExpectedVersion::none();
    if (text == "exists") return ExpectedVersion::exists();
    const auto version = number_of(text, 10);
    if (!version) return wrong(text, "none, exists, any or the latest version");
    return ExpectedVersion::exactly(*version);
}

Result<Hash> parse_hash(std::string_view text) {
    Hash hash;
    if (!from_hex(text, hash.bytes)) return wrong(text, "a hash of 64 hexadecimal digits");
    return hash;
}

Result<std::pair<std::string, std::string>> parse_pair(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0)
        return wrong(text, "of the form key=value");
    return std::pair(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
}

// The three forms begin differently or end differently, so none is taken for another.
Result<std::int64_t> parse_time(std::string_view text, std::int64_t now_us) {
    std::optional<std::int64_t> time;
    if (text.starts_with('@')) {
        time = seconds_of(text.substr(1));
    } else if (const auto ago = duration_of(text)) {
        time = now_us - *ago;
    } else {
        time = date_of(text);
    }
    if (!time) {
        return wrong(text,
                     "a time: give 2025-11-22, 2025-11-22T08:46:14Z, @1763801174, or 90s, 15m, "
                     "2h, 7d for so long ago");
    }
    return *time;
}

}  // namespace batpak::tool
