#include "tool/input/input_format.hpp"

#include <gtest/gtest.h>

#include "tool/text/nearest.hpp"

namespace batpak::tool {
namespace {

using namespace std::string_view_literals;

TEST(ToolInputFormat, IsNamedWithWhatMakesLinesOfIt) {
    const auto says = [](std::string_view line, std::string_view words) {
        const auto text = describe_input(line);
        return text && text->find(words) != std::string::npos;
    };
    EXPECT_TRUE(says("\x1F\x8B\x08\0\0"sv, "zcat"));
    EXPECT_TRUE(says("\x28\xB5\x2F\xFD\x24"sv, "zstdcat"));
    EXPECT_TRUE(says("BZh91AY"sv, "bzcat"));
    EXPECT_TRUE(says("\xFD\x37zXZ\0\0"sv, "xzcat"));
    EXPECT_TRUE(says("PK\x03\x04zip"sv, "unzip"));
    EXPECT_TRUE(says("SQLite format 3\0"sv, "SQLite"));
    EXPECT_TRUE(says("\xFF\xFE{\0"sv, "iconv -f UTF-16"));
    EXPECT_TRUE(says("\xFE\xFF\0{"sv, "iconv -f UTF-16"));
    EXPECT_TRUE(says("\xFF\xFE\0\0{\0\0\0"sv, "UTF-32"));
    EXPECT_TRUE(says("{\0\"\0"sv, "UTF-16LE"));
    EXPECT_TRUE(says("\0{\0\""sv, "UTF-16BE"));
    EXPECT_TRUE(says("[", "jq -c '.[]'"));
    EXPECT_TRUE(says("  [{\"a\": 1},", "jq -c '.[]'"));
    EXPECT_TRUE(says("{", "jq -c ."));
    EXPECT_TRUE(says("{ \"a\": 1,", "jq -c ."));
    EXPECT_TRUE(says("<?xml version=\"1.0\"?>", "XML"));
    EXPECT_TRUE(says("id,name,time", "CSV"));
    EXPECT_TRUE(says("\"id\";\"name\"", "CSV"));
    EXPECT_TRUE(says("id\tname", "CSV"));
}

TEST(ToolInputFormat, NothingIsGuessed) {
    for (const std::string_view line : {""sv, "nonsense"sv, "{\"a\":1,\"a\":2}"sv, "\0\0\0"sv,
                                        "\x7F"
                                        "ELF\x02\x01\x01\0"sv}) {
        EXPECT_FALSE(describe_input(line)) << line;
    }
}

TEST(ToolNearest, CountsChangesOfLetters) {
    EXPECT_EQ(distance("", "", 2), 0U);
    EXPECT_EQ(distance("query", "query", 2), 0U);
    EXPECT_EQ(distance("QUERY", "query", 2), 0U);
    EXPECT_EQ(distance("qery", "query", 2), 1U);
    EXPECT_EQ(distance("qurey", "query", 2), 1U);
    EXPECT_EQ(distance("queries", "query", 2), 3U);
    EXPECT_EQ(distance("abc", "", 2), 3U);
    EXPECT_EQ(distance("abc", "xyz", 5), 3U);
}

TEST(ToolNearest, IsTheNearestThatIsNearEnough) {
    const std::vector<std::string> names = {"player:alice", "player:alba", "quest:1", "x"};
    EXPECT_EQ(nearest("player:alcie", names), "player:alice");
    EXPECT_EQ(nearest("Player:Alba", names), "player:alba");
    EXPECT_EQ(nearest("player:alb", names), "player:alba");
    EXPECT_EQ(nearest("y", names), "x");
    EXPECT_EQ(nearest("monster:9", names), std::nullopt);
    EXPECT_EQ(nearest("quest:1", {}), std::nullopt);
}

}  // namespace
}  // namespace batpak::tool
