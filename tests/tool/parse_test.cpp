#include "tool/text/parse.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace batpak::tool {
namespace {

constexpr std::int64_t kNow = 1'000'000'000'000'000;

TEST(ToolParse, NumbersAreDecimalDigitsAndNothingElse) {
    EXPECT_EQ(parse_number("0").value(), 0U);
    EXPECT_EQ(parse_number("010").value(), 10U);
    EXPECT_EQ(parse_number("18446744073709551615").value(), UINT64_MAX);
    for (const char* const text :
         {"", "-1", "+1", " 1", "1 ", "0x1", "1e3", "1.0", "x", "18446744073709551616"}) {
        const auto number = parse_number(text);
        ASSERT_FALSE(number) << text;
        EXPECT_EQ(number.error().code(), ErrorCode::InvalidArgument);
    }
}

TEST(ToolParse, ByteCountsMayHaveAUnit) {
    EXPECT_EQ(parse_byte_count("1").value(), 1U);
    EXPECT_EQ(parse_byte_count("4K").value(), 4096U);
    EXPECT_EQ(parse_byte_count("50M").value(), 50U << 20);
    EXPECT_EQ(parse_byte_count("2G").value(), std::uint64_t{2} << 30);
    for (const char* const text :
         {"", "0", "0M", "M", "-1", "1.5M", "50m", "50MB", "50 M", "18446744073709551615K"}) {
        ASSERT_FALSE(parse_byte_count(text)) << text;
    }
}

TEST(ToolParse, KindsAreHexadecimalOrDecimal) {
    EXPECT_EQ(parse_kind("0xF001").value().number(), 0xF001);
    EXPECT_EQ(parse_kind("0Xf001").value().number(), 0xF001);
    EXPECT_EQ(parse_kind("61441").value().number(), 0xF001);
    EXPECT_EQ(parse_kind("0").value().number(), 0);
    EXPECT_EQ(parse_kind("65535").value().number(), 0xFFFF);
    for (const char* const text : {"", "0x", "F001", "65536", "0x10000", "-1", "0x-1", "0x1 "}) {
        EXPECT_FALSE(parse_kind(text)) << text;
    }
}

TEST(ToolParse, CategoriesHaveFourBits) {
    EXPECT_EQ(parse_category("15").value(), 15);
    EXPECT_EQ(parse_category("0xF").value(), 15);
    EXPECT_EQ(parse_category("0").value(), 0);
    for (const char* const text : {"", "16", "0x10", "F", "-1"}) EXPECT_FALSE(parse_category(text));
}

TEST(ToolParse, ExpectationsAreWordsOrAVersion) {
    EXPECT_EQ(parse_expect("any").value(), ExpectedVersion::any());
    EXPECT_EQ(parse_expect("none").value(), ExpectedVersion::none());
    EXPECT_EQ(parse_expect("exists").value(), ExpectedVersion::exists());
    EXPECT_EQ(parse_expect("0").value(), ExpectedVersion::exactly(std::uint64_t{0}));
    EXPECT_EQ(parse_expect("17").value(), ExpectedVersion::exactly(std::uint64_t{17}));
    for (const char* const text : {"", "None", "-1", "0x1"}) EXPECT_FALSE(parse_expect(text));
}

TEST(ToolParse, HashesHave64Digits) {
    const std::string digits = "0123456789abcdefABCDEF0123456789abcdef0123456789abcdef0123456789";
    EXPECT_EQ(to_string(parse_hash(digits).value()),
              "0123456789abcdefabcdef0123456789abcdef0123456789abcdef0123456789");
    for (const std::string& text : {std::string(), std::string("aaaa"), digits.substr(1),
                                    digits + "0", digits.substr(1) + "g"}) {
        EXPECT_FALSE(parse_hash(text)) << text;
    }
}

TEST(ToolParse, AnErrorOpensWithTheNameThatItIsGiven) {
    const auto kind = named("--kind", parse_kind("F001"));
    EXPECT_TRUE(kind.error().detail().starts_with("--kind: \"F001\" is not an event kind"));
    EXPECT_EQ(named("--kind", parse_kind("1")).value().number(), 1);
}

TEST(ToolParse, PairsSplitAtTheFirstEqualsSign) {
    EXPECT_EQ(parse_pair("a=b=c").value(), std::pair(std::string("a"), std::string("b=c")));
    EXPECT_EQ(parse_pair("a=").value(), std::pair(std::string("a"), std::string()));
    for (const char* const text : {"", "a", "=b"}) EXPECT_FALSE(parse_pair(text)) << text;
}

TEST(ToolParse, EventIdsAreUuids) {
    EXPECT_TRUE(parse_event_id("0193cafe-0000-7000-8000-000000000000"));
    EXPECT_FALSE(parse_event_id("0193cafe00007000800000000000000"));
    EXPECT_FALSE(parse_event_id(""));
}

TEST(ToolParse, TimesAreExact) {
    const std::vector<std::pair<const char*, std::int64_t>> cases = {
        {"1970-01-01", 0},
        {"1970-01-02", 86'400'000'000},
        {"2000-02-29T00:00:00Z", 951'782'400'000'000},
        {"2025-11-22T08:46:14.123456Z", 1'763'801'174'123'456},
        {"2025-11-22 08:46:14.5", 1'763'801'174'500'000},
        {"2025-11-22T08:46", 1'763'801'160'000'000},
        {"2025-11-22T09:46:14+01:00", 1'763'801'174'000'000},
        {"2025-11-22T03:16:14-05:30", 1'763'801'174'000'000},
        {"1969-12-31T23:59:59.999999Z", -1},
        {"0000-01-01", -62'167'219'200'000'000},
        {"2025-11-22t08:46:14z", 1'763'801'174'000'000},
        {"2025-11-22T08:46:14.1Z", 1'763'801'174'100'000},
        {"2025-11-22T08:46:14.1234567Z", 1'763'801'174'123'456},
        {"2025-11-22T08:46:14.123456789Z", 1'763'801'174'123'456},
        {"2025-11-22T08:46:14.999999999999999999999999Z", 1'763'801'174'999'999},
        {"@1763801174.123456789", 1'763'801'174'123'456},
        {"2025-11-22T08:46:14-00:00", 1'763'801'174'000'000},
        {"2025-11-23T08:45:14+23:59", 1'763'801'174'000'000},
        // Leap seconds: the first second of the next month.
        {"2016-12-31T23:59:60Z", 1'483'228'800'000'000},
        {"2016-12-31T23:59:60.5Z", 1'483'228'800'500'000},
        {"1990-12-31T15:59:60-08:00", 662'688'000'000'000},
        {"2017-01-01T05:29:60+05:30", 1'483'228'800'000'000},
        {"@0", 0},
        {"@1763801174", 1'763'801'174'000'000},
        {"@1763801174.25", 1'763'801'174'250'000},
        {"90s", kNow - 90'000'000},
        {"15m", kNow - 900'000'000},
        {"2h", kNow - 7'200'000'000},
        {"7d", kNow - 604'800'000'000},
        {"0s", kNow},
    };
    for (const auto& [text, us] : cases) EXPECT_EQ(parse_time(text, kNow).value(), us) << text;
}

TEST(ToolParse, TimesOfNoFormAreRefused) {
    for (const char* const text : {"",
                                   "now",
                                   "2025",
                                   "2025-1-1",
                                   "2025-02-29",
                                   "2025-13-01",
                                   "2025-00-01",
                                   "2025-01-00",
                                   "2025-01-01T",
                                   "2025-01-01T24:00:00Z",
                                   "2025-01-01T00:60:00Z",
                                   "2025-01-01T00:00:60Z",
                                   "2025-01-01T00:00:00.Z",
                                   "2025-01-01T23:59:60Z",
                                   "2016-12-31T23:58:60Z",
                                   "2016-12-31T23:59:60+01:00",
                                   "2016-12-31T23:59:61Z",
                                   "2025-01-01T00:00:00,5Z",
                                   "2025-01-01T00:00:00.-5Z",
                                   "2025-01-01T00:00:00z+00:00",
                                   "2025-01-01T00:00:00+1",
                                   "2025-01-01T00:00:00+01:60",
                                   "2025-01-01T00:00:00Zx",
                                   "2025-01-01x",
                                   "+2025-01-01",
                                   "@",
                                   "@-1",
                                   "@1.",
                                   "@1.x",
                                   "@99999999999999999999",
                                   "s",
                                   "-1s",
                                   "1y",
                                   "1.5h",
                                   "999999999999999999d"}) {
        const auto time = parse_time(text, kNow);
        ASSERT_FALSE(time) << text;
        EXPECT_EQ(time.error().code(), ErrorCode::InvalidArgument);
    }
}

}  // namespace
}  // namespace batpak::tool
