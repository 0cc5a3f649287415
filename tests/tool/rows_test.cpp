#include "tool/console/rows.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "tool/text/field_path.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

// Goal:   columns give way no more than they must, in their order, for every small table.
// Method: all widths of three columns up to 14, each choice of elastic ones, each room.
TEST(ToolRows, WidthsFitEachRoomAndGiveNothingAway) {
    constexpr std::size_t kGap = 2;
    constexpr std::size_t kMost = 14;
    for (std::size_t code = 0; code < kMost * kMost * kMost; ++code) {
        const std::vector<std::size_t> natural = {1 + code % kMost, 1 + code / kMost % kMost,
                                                  1 + code / kMost / kMost};
        const std::size_t whole = std::accumulate(natural.begin(), natural.end(), 2 * kGap);
        for (unsigned mask = 0; mask < 8; ++mask) {
            const std::vector<bool> elastic = {(mask & 1U) != 0, (mask & 2U) != 0,
                                               (mask & 4U) != 0};
            for (std::size_t room = 1; room <= whole + 1; room += 3) {
                const auto fitted = fit_widths(natural, elastic, kGap, room);
                const std::size_t used = std::accumulate(fitted.begin(), fitted.end(), 2 * kGap);
                // At least one column each, and all of the room if there is too little.
                ASSERT_EQ(used, std::min(whole, std::max(room, 3 + 2 * kGap)));
                bool elastic_left = false;
                for (std::size_t i = 0; i < 3; ++i) {
                    ASSERT_LE(fitted[i], natural[i]);
                    ASSERT_GE(fitted[i], 1U);
                    elastic_left = elastic_left || (elastic[i] && fitted[i] > 8);
                }
                for (std::size_t i = 0; i < 3; ++i) {
                    if (!elastic[i] && elastic_left) {
                        ASSERT_EQ(fitted[i], natural[i]);
                    }
                }
            }
        }
    }
}

TEST(ToolRows, CsvCellsAreQuotedWhereTheyMustBe) {
    EXPECT_EQ(csv_cell("1"), "1");
    EXPECT_EQ(csv_cell("\"a\""), "a");
    EXPECT_EQ(csv_cell("\"\""), "");
    EXPECT_EQ(csv_cell("\"a,b\""), "\"a,b\"");
    EXPECT_EQ(csv_cell("\"a\\nb\""), "\"a\nb\"");
    EXPECT_EQ(csv_cell("\"a\\rb\""), "\"a\rb\"");
    EXPECT_EQ(csv_cell("\"a\\\"b\""), "\"a\"\"b\"");
    EXPECT_EQ(csv_cell("{\"a\":1}"), "\"{\"\"a\"\":1}\"");
    EXPECT_EQ(csv_cell("[1,2]"), "\"[1,2]\"");
}

TEST(ToolRows, EachFormatHasItsName) {
    std::set<OutputFormat> formats;
    for (const std::string& name : format_names()) formats.insert(to_format(name));
    EXPECT_EQ(formats.size(), 4U);
    EXPECT_EQ(form_of(OutputFormat::Csv), Form::Human);
    EXPECT_EQ(form_of(OutputFormat::Json), Form::Json);
}

TEST(ToolText, WideCharactersTakeTwoColumnsAndMarksNone) {
    EXPECT_EQ(columns("a語😀"), 5U);
    EXPECT_EQ(columns("e\u0301"), 1U);
    EXPECT_EQ(columns("\u2764\uFE0F"), 1U);
    for (std::size_t max = 0; max < 9; ++max) {
        EXPECT_LE(columns(shorten("語a語b語c", max)), max);
    }
    EXPECT_EQ(shorten("語語語", 4), "語…");
    EXPECT_EQ(shorten("語語語", 0), "");
    EXPECT_EQ(count_of(1, "event"), "1 event");
    EXPECT_EQ(count_of(0, "event"), "0 events");
    EXPECT_EQ(count_of(1204, "event"), "1,204 events");
    EXPECT_EQ(format_second(1'763'801'174'999'999), "2025-11-22 08:46:14Z");
    EXPECT_EQ(format_second(INT64_MIN), "@-9223372036854775808us");
}

TEST(ToolFieldPath, StepsAreTakenAndTheRestIsLeft) {
    std::string_view rest = R"(payload.a-b."c \"d\\".0 > 1)";
    const auto path = take_field_path(rest);
    ASSERT_TRUE(path);
    EXPECT_EQ(path->steps, (std::vector<std::string>{"payload", "a-b", R"(c "d\)", "0"}));
    EXPECT_EQ(path->text, R"(payload.a-b."c \"d\\".0)");
    EXPECT_EQ(rest, " > 1");
    EXPECT_EQ(parse_field_paths("a,b.c").value().size(), 2U);
}

// Goal:   every text is a list of paths that its parts make again, or refused.
// Method: all texts of up to six characters of an alphabet with each special one.
TEST(ToolFieldPath, EachTextIsAListOrRefused) {
    constexpr std::string_view kAlphabet = "a0.,\"\\ ";
    std::size_t lists = 0;
    for (std::size_t size = 0; size <= 6; ++size) {
        std::size_t count = 1;
        for (std::size_t i = 0; i < size; ++i) count *= kAlphabet.size();
        for (std::size_t code = 0; code < count; ++code) {
            std::string text;
            for (std::size_t i = 0, left = code; i < size; ++i, left /= kAlphabet.size()) {
                text += kAlphabet[left % kAlphabet.size()];
            }
            const auto paths = parse_field_paths(text);
            if (!paths) continue;
            ++lists;
            std::string again;
            for (const FieldPath& path : *paths) {
                again += (again.empty() ? "" : ",") + path.text;
                ASSERT_FALSE(path.steps.empty());
            }
            ASSERT_EQ(again, text);
        }
    }
    EXPECT_GT(lists, 500U);
}

}  // namespace
}  // namespace batpak::tool
