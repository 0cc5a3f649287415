// What is stored may be any bytes, and a terminal does what bytes say. So everything that is shown
// to people is escaped: controls, what turns the direction of text, and what has no width; bytes
// that are no UTF-8 one by one. JSON escapes what JSON must, and all that is not ASCII where the
// terminal may not have it.
#include "tool/text/text.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>

#include "batpak/base/detail/utf8.hpp"

namespace batpak::tool {
namespace {

struct Character {
    char32_t point = 0;
    std::size_t bytes = 1;
    bool valid = false;
};

// The first character of a text that is not empty. What is no UTF-8 counts as one byte: so damage
// in a text is shown where it is.
Character first_of(std::string_view text) noexcept {
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80) return {lead, 1, true};
    // By the first byte alone; is_utf8() then judges the rest, such as overlong forms and
    // surrogates.
    const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (text.size() < bytes || !is_utf8(text.substr(0, bytes))) return {lead, 1, false};
    char32_t point = lead & (0xFFU >> (bytes + 1));
    for (std::size_t i = 1; i < bytes; ++i) {
        point = point << 6 | (static_cast<unsigned char>(text[i]) & 0x3FU);
    }
    return {point, bytes, true};
}

// C1 controls, marks and overrides of direction, line separators, and what has no width.
bool is_unseen(char32_t point) {
    return (point >= 0x80 && point <= 0x9F) || point == 0xAD || point == 0x61C ||
           (point >= 0x200B && point <= 0x200F) || (point >= 0x2028 && point <= 0x202E) ||
           (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF ||
           (point >= 0xE0000 && point <= 0xE007F);
}

struct Points {
    char32_t first = 0;
    char32_t last = 0;
};

// What the terminals agree on of the widths that Unicode names "wide" and "full width".
constexpr std::array kWide = {
    Points{0x1100, 0x115F},   Points{0x2E80, 0x303E},   Points{0x3041, 0xA4CF},
    Points{0xA960, 0xA97F},   Points{0xAC00, 0xD7A3},   Points{0xF900, 0xFAFF},
    Points{0xFE30, 0xFE6F},   Points{0xFF00, 0xFF60},   Points{0xFFE0, 0xFFE6},
    Points{0x1F300, 0x1F64F}, Points{0x1F680, 0x1F6FF}, Points{0x1F900, 0x1F9FF},
    Points{0x20000, 0x3FFFD}};
// Marks that are drawn over the character before them, and selectors of its form.
constexpr std::array kOver = {
    Points{0x300, 0x36F},   Points{0x483, 0x489},   Points{0x591, 0x5BD},
    Points{0x64B, 0x65F},   Points{0x1AB0, 0x1AFF}, Points{0x1DC0, 0x1DFF},
    Points{0x20D0, 0x20FF}, Points{0xFE00, 0xFE0F}, Points{0xFE20, 0xFE2F}};

template <std::size_t N>
bool is_in(const std::array<Points, N>& ranges, char32_t point) noexcept {
    for (const Points& range : ranges) {
        if (point >= range.first && point <= range.last) return true;
    }
    return false;
}

std::size_t columns_of(const Character& character) noexcept {
    if (!character.valid || character.point < 0x300) return 1;
    if (is_in(kOver, character.point)) return 0;
    return is_in(kWide, character.point) ? 2 : 1;
}

void append_control(std::string& out, char32_t point) {
    switch (point) {
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: fmt::format_to(std::back_inserter(out), "\\x{:02x}", std::uint32_t{point});
    }
}

void append_utf16_escape(std::string& out, char32_t point) {
    auto into = std::back_inserter(out);
    if (point < 0x10000) {
        fmt::format_to(into, "\\u{:04x}", std::uint32_t{point});
        return;
    }
    const std::uint32_t rest = point - 0x10000;
    fmt::format_to(into, "\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10), 0xDC00 + (rest & 0x3FF));
}

}  // namespace

// The backslash is doubled, so that what was escaped can be told from what was stored.
std::string escape(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const Character next = first_of(text);
        if (!next.valid || next.point < 0x20 || next.point == 0x7F) {
            append_control(out, next.point);
        } else if (next.point == '\\') {
            out += "\\\\";
        } else if (is_unseen(next.point)) {
            fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", std::uint32_t{next.point});
        } else {
            out += text.substr(0, next.bytes);
        }
        text.remove_prefix(next.bytes);
    }
    return out;
}

// A byte that is no UTF-8 never comes here alone: callers write such texts as bytes
// (json_line.cpp).
std::string json_quote(std::string_view text, bool ascii) {
    std::string out = "\"";
    out.reserve(text.size() + 2);
    while (!text.empty()) {
        const Character next = first_of(text);
        if (next.point == '"' || next.point == '\\') {
            out += '\\';
            out += static_cast<char>(next.point);
        } else if (next.point == '\n') {
            out += "\\n";
        } else if (next.point == '\t') {
            out += "\\t";
        } else if (next.point < 0x20 || (ascii && next.point >= 0x7F)) {
            append_utf16_escape(out, next.point);
        } else {
            out += text.substr(0, next.bytes);
        }
        text.remove_prefix(next.bytes);
    }
    out += '"';
    return out;
}

std::size_t columns(std::string_view text) noexcept {
    std::size_t count = 0;
    while (!text.empty()) {
        const Character next = first_of(text);
        count += columns_of(next);
        text.remove_prefix(next.bytes);
    }
    return count;
}

// By columns and between characters, so that no line is longer than it says and no character is
// cut.
std::string shorten(std::string_view text, std::size_t max) {
    if (columns(text) <= max) return std::string(text);
    std::string out;
    std::size_t used = 1;  // by the ellipsis
    for (;;) {
        const Character next = first_of(text);
        used += columns_of(next);
        if (used > max) return max == 0 ? out : out + "…";
        out += text.substr(0, next.bytes);
        text.remove_prefix(next.bytes);
    }
}

std::string in_quotes(std::string_view name, std::size_t columns_max) {
    return "\"" + (columns_max == 0 ? escape(name) : escape(shorten(name, columns_max))) + "\"";
}

// Years beyond four digits would be read as another date: such a time is shown as its number.
std::string format_time(std::int64_t unix_us) {
    constexpr std::int64_t kFirst = -62167219200000000;  // 0000-01-01
    constexpr std::int64_t kEnd = 253402300800000000;    // 10000-01-01
    if (unix_us < kFirst || unix_us >= kEnd) return fmt::format("@{}us", unix_us);
    const std::chrono::sys_time<std::chrono::microseconds> time{std::chrono::microseconds(unix_us)};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                       clock.subseconds().count());
}

std::string format_second(std::int64_t unix_us) {
    std::string text = format_time(unix_us);
    if (text.starts_with('@')) return text;
    constexpr std::size_t kTimeBegin = 10;
    constexpr std::size_t kSecondEnd = 19;
    text[kTimeBegin] = ' ';
    return text.substr(0, kSecondEnd) + "Z";
}

std::string format_bytes(std::uint64_t bytes) {
    if (bytes < 1024) return fmt::format("{} B", bytes);
    constexpr std::array kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
    return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string format_count(std::uint64_t count) {
    // Not by a locale: the output is the same on each machine, and tests compare it.
    std::string digits = std::to_string(count);
    for (std::size_t place = digits.size(); place > 3; place -= 3) digits.insert(place - 3, ",");
    return digits;
}

std::string count_of(std::uint64_t count, std::string_view noun) {
    return format_count(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string format_duration(std::chrono::nanoseconds duration) {
    const double seconds = std::chrono::duration<double>(duration).count();
    if (seconds < 1) return fmt::format("{:.0f} ms", seconds * 1000);
    if (seconds < 60) return fmt::format("{:.1f} s", seconds);
    const auto whole = static_cast<std::uint64_t>(seconds);
    return fmt::format("{} min {} s", whole / 60, whole % 60);
}

}  // namespace batpak::tool
