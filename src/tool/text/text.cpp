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

// The first character of a text that is not empty.
Character first_of(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80) return {lead, 1, true};
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
    for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
    return count;
}

std::string shorten(std::string_view text, std::size_t max) {
    if (columns(text) <= max) return std::string(text);
    std::string out;
    for (std::size_t column = 0; column + 1 < max; ++column) {
        const std::size_t bytes = first_of(text).bytes;
        out += text.substr(0, bytes);
        text.remove_prefix(bytes);
    }
    return out + "…";
}

std::string in_quotes(std::string_view name, std::size_t columns_max) {
    return "\"" + (columns_max == 0 ? escape(name) : escape(shorten(name, columns_max))) + "\"";
}

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

std::string format_bytes(std::uint64_t bytes) {
    if (bytes < 1024) return fmt::format("{} B", bytes);
    constexpr std::array kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
    return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string format_count(std::uint64_t count) {
    std::string digits = std::to_string(count);
    for (std::size_t place = digits.size(); place > 3; place -= 3) digits.insert(place - 3, ",");
    return digits;
}

std::string format_duration(std::chrono::nanoseconds duration) {
    const double seconds = std::chrono::duration<double>(duration).count();
    if (seconds < 1) return fmt::format("{:.0f} ms", seconds * 1000);
    if (seconds < 60) return fmt::format("{:.1f} s", seconds);
    const auto whole = static_cast<std::uint64_t>(seconds);
    return fmt::format("{} min {} s", whole / 60, whole % 60);
}

}  // namespace batpak::tool
