#include "tool/text/text.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "batpak/base/detail/utf8.hpp"
#include "batpak/json.hpp"
#include "tool/console/exit_code.hpp"
#include "tool/console/progress.hpp"
#include "tool/console/table.hpp"

namespace batpak::tool {
namespace {

TEST(ToolText, EscapesWhatATerminalWouldObeyOrHide) {
    EXPECT_EQ(escape("plain äß 語 😀"), "plain äß 語 😀");
    EXPECT_EQ(escape("a\nb\rc\td"), "a\\nb\\rc\\td");
    EXPECT_EQ(escape("\x1b[31m\x7f"), "\\x1b[31m\\x7f");
    EXPECT_EQ(escape(std::string_view("\0", 1)), "\\x00");
    EXPECT_EQ(escape("\xC2\x9B"), "\\u{9b}");
    EXPECT_EQ(escape("\xE2\x80\xAE"), "\\u{202e}");
    EXPECT_EQ(escape("\xF3\xA0\x80\x81"), "\\u{e0001}");
    EXPECT_EQ(escape("\xff\xC3"), "\\xff\\xc3");
    EXPECT_EQ(escape("a\\b"), "a\\\\b");
}

TEST(ToolText, EscapedBytesAreAlwaysPrintableUtf8) {
    for (unsigned first = 0; first < 256; ++first) {
        for (unsigned second = 0; second < 256; ++second) {
            const std::string text{static_cast<char>(first), static_cast<char>(second)};
            const std::string shown = escape(text);
            ASSERT_TRUE(is_utf8(shown)) << first << ' ' << second;
            for (const char c : shown) {
                const auto byte = static_cast<unsigned char>(c);
                ASSERT_TRUE(byte >= 0x20 && byte != 0x7F) << first << ' ' << second;
            }
        }
    }
}

TEST(ToolText, QuotedJsonReadsBackAsTheSameText) {
    for (char32_t point = 0; point < 0x11000; ++point) {
        if (point >= 0xD800 && point < 0xE000) continue;
        std::string text;
        if (point < 0x80) {
            text = {static_cast<char>(point)};
        } else if (point < 0x800) {
            text = {static_cast<char>(0xC0 | point >> 6), static_cast<char>(0x80 | (point & 0x3F))};
        } else if (point < 0x10000) {
            text = {static_cast<char>(0xE0 | point >> 12),
                    static_cast<char>(0x80 | (point >> 6 & 0x3F)),
                    static_cast<char>(0x80 | (point & 0x3F))};
        } else {
            text = {static_cast<char>(0xF0 | point >> 18),
                    static_cast<char>(0x80 | (point >> 12 & 0x3F)),
                    static_cast<char>(0x80 | (point >> 6 & 0x3F)),
                    static_cast<char>(0x80 | (point & 0x3F))};
        }
        for (const bool ascii : {false, true}) {
            const std::string json = json_quote(text, ascii);
            ASSERT_EQ(parse_json(json).value().get<std::string>(), text) << json;
            for (const char c : json) ASSERT_FALSE(ascii && static_cast<unsigned char>(c) > 0x7E);
        }
    }
}

TEST(ToolText, ShortensByCharacters) {
    EXPECT_EQ(columns("äßz"), 3U);
    EXPECT_EQ(shorten("äßzx", 4), "äßzx");
    EXPECT_EQ(shorten("äßzxy", 4), "äßz…");
    EXPECT_EQ(shorten("\xff\xff\xff", 2), "\xff…");
}

TEST(ToolText, TimesOutsideOfFourDigitYearsAreNumbers) {
    EXPECT_EQ(format_time(0), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(format_time(-1), "1969-12-31T23:59:59.999999Z");
    EXPECT_EQ(format_time(1'763'801'174'123'456), "2025-11-22T08:46:14.123456Z");
    EXPECT_EQ(format_time(253402300799999999), "9999-12-31T23:59:59.999999Z");
    EXPECT_EQ(format_time(253402300800000000), "@253402300800000000us");
    EXPECT_EQ(format_time(INT64_MIN), "@-9223372036854775808us");
}

TEST(ToolText, AmountsForPeople) {
    EXPECT_EQ(format_count(0), "0");
    EXPECT_EQ(format_count(999), "999");
    EXPECT_EQ(format_count(1000), "1,000");
    EXPECT_EQ(format_count(UINT64_MAX), "18,446,744,073,709,551,615");
    EXPECT_EQ(format_bytes(1023), "1023 B");
    EXPECT_EQ(format_bytes(1536), "1.5 KiB");
    EXPECT_EQ(format_bytes(UINT64_MAX), "16.0 EiB");
    EXPECT_EQ(format_duration(std::chrono::milliseconds(12)), "12 ms");
    EXPECT_EQ(format_duration(std::chrono::milliseconds(3210)), "3.2 s");
    EXPECT_EQ(format_duration(std::chrono::seconds(250)), "4 min 10 s");
}

TEST(ToolProgress, DrawsWhatIsKnown) {
    const auto second = std::chrono::seconds(1);
    EXPECT_EQ(progress_line({1500, 50, 100}, second, 80),
              "[###############...............]  50 %  1,500 events  1,500/s");
    EXPECT_EQ(progress_line({1, 300, 100}, second, 80).substr(0, 38),
              "[##############################] 100 %");
    EXPECT_EQ(progress_line({5, 10, std::nullopt}, second, 80), "5 events  5/s");
    EXPECT_EQ(rate(10, std::chrono::nanoseconds(0)), 0U);
}

TEST(ToolProgress, SaysHowLongTheRestTakesAfterASecond) {
    using std::chrono::seconds;
    EXPECT_EQ(progress_line({1500, 50, 100}, seconds(2), 80),
              "[###############...............]  50 %  2 s left  1,500 events  750/s");
    EXPECT_EQ(progress_line({300, 1, 4}, seconds(30), 80),
              "[#######.......................]  25 %  1 min 30 s left  300 events  10/s");
    EXPECT_EQ(progress_line({300, 1, 100}, seconds(300), 80),
              "[..............................]   1 %  8 h 15 min left  300 events  1/s");
    EXPECT_EQ(progress_line({300, 100, 100}, seconds(300), 80),
              "[##############################] 100 %  0 s left  300 events  1/s");
    EXPECT_EQ(progress_line({0, 0, 100}, seconds(300), 80),
              "[..............................]   0 %  0 events  0/s");
    EXPECT_EQ(progress_line({1, 0, std::nullopt}, seconds(2), 80), "1 event  0/s");
}

TEST(ToolProgress, NeverFillsTheLastColumn) {
    const Progress::State state{1500, 50, 100};
    const std::string whole = progress_line(state, std::chrono::seconds(1), 1000);
    const std::string amount = "1,500 events  1,500/s";
    EXPECT_EQ(progress_line(state, std::chrono::seconds(1), whole.size() + 1), whole);
    EXPECT_EQ(progress_line(state, std::chrono::seconds(1), whole.size()), amount);
    for (std::size_t columns = 1; columns < 100; ++columns) {
        const std::string line = progress_line(state, std::chrono::seconds(1), columns);
        EXPECT_LT(line.size(), columns);
        EXPECT_TRUE(line == whole || amount.starts_with(line)) << line;
    }
}

TEST(ToolExitCode, EachClassHasOne) {
    EXPECT_EQ(exit_code(ErrorClass::NotFound), ExitCode::No);
    EXPECT_EQ(exit_code(ErrorClass::Conflict), ExitCode::No);
    EXPECT_EQ(exit_code(ErrorClass::Denied), ExitCode::No);
    EXPECT_EQ(exit_code(ErrorClass::Invalid), ExitCode::Usage);
    EXPECT_EQ(exit_code(ErrorClass::Refused), ExitCode::Refused);
    EXPECT_EQ(exit_code(ErrorClass::Busy), ExitCode::Busy);
    EXPECT_EQ(exit_code(ErrorClass::WouldBlock), ExitCode::Busy);
    EXPECT_EQ(exit_code(ErrorClass::Timeout), ExitCode::Busy);
    for (const ErrorClass io : {ErrorClass::Io, ErrorClass::Full, ErrorClass::Poisoned,
                                ErrorClass::Closed, ErrorClass::Forked}) {
        EXPECT_EQ(exit_code(io), ExitCode::Io);
    }
}

TEST(ToolExitCode, TheTableNamesEachClassUnderItsCode) {
    for (const ExitCodeMeaning& row : kExitCodes) {
        std::istringstream words{std::string(row.classes)};
        for (std::string word; words >> word;) {
            if (word.ends_with(',')) word.pop_back();
            bool found = false;
            for (unsigned i = 0; i <= static_cast<unsigned>(ErrorClass::Forked); ++i) {
                const auto error_class = static_cast<ErrorClass>(i);
                if (to_string(error_class) != word) continue;
                found = true;
                EXPECT_EQ(exit_code(error_class), row.code) << word;
            }
            EXPECT_TRUE(found) << word;
        }
    }
}

}  // namespace
}  // namespace batpak::tool
