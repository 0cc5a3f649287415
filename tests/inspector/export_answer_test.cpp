#include <gtest/gtest.h>

#include <sstream>

#include "inspector/small_shop.hpp"
#include "tool/events/event_members.hpp"

namespace batpak::inspector {
namespace {

using nlohmann::json;

Download file_of(SmallShop& shop, Parameters::Pairs pairs) {
    return answer_export(shop.store(), with(std::move(pairs))).value();
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

// An event with one text in its payload.
void add_text(SmallShop& shop, const std::string& text) {
    const Coordinate at = Coordinate::create("text:1", "north").value();
    (void)shop.store().append(at, SmallShop::kSent, json{{"text", text}}).value();
}

TEST(InspectorExport, HasTheEventsOfAFilterAsTheToolHasThem) {
    SmallShop shop;
    const Download file = file_of(shop, {{"scope", "south"}, {"where", "payload.cents >= 300"}});
    const tool::KindNames names(shop.store());
    std::string expected;
    for (const auto& event : shop.store().query(Region::scope("south"))) {
        if (event->as<json>().value()["cents"] < 300) continue;
        expected += tool::event_json(*event, names, false) + "\n";
    }
    EXPECT_FALSE(expected.empty());
    EXPECT_EQ(file.text, expected);
    EXPECT_EQ(file.next, std::nullopt);
    EXPECT_EQ(std::string(file.type), "application/x-ndjson");
}

TEST(InspectorExport, IsATableWithTheColumnsThatWereAskedFor) {
    SmallShop shop(2);
    const Download file = file_of(
        shop, {{"format", "csv"}, {"fields", "sequence,kind_name,payload.by,payload.cents"}});
    EXPECT_EQ(file.text,
              "sequence,kind_name,payload.by,payload.cents\r\n"
              "0,Placed,ada,0\r\n1,Sent,post,\r\n2,Placed,ada,100\r\n");
    EXPECT_EQ(std::string(file.type), "text/csv; charset=utf-8");
    EXPECT_EQ(lines_of(file_of(shop, {{"format", "csv"}}).text).size(), 4U);
}

// Goal: no cell is a formula to a program that computes tables, and each is one cell.
TEST(InspectorExport, QuotesWhatACellMayNotBe) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"=1+1", "'=1+1"},
        {"+1", "'+1"},
        {"-1", "'-1"},
        {"@SUM(A1)", "'@SUM(A1)"},
        {"\tx", "'\tx"},
        {"a,b", "\"a,b\""},
        {"a\"b", "\"a\"\"b\""},
        {"a\nb", "\"a\nb\""},
        {"=\"x\",1", "\"'=\"\"x\"\",1\""},
        {"plain", "plain"},
        {"", ""},
    };
    for (const auto& [text, cell] : cases) {
        SmallShop shop(0);
        add_text(shop, text);
        const Download file = file_of(shop, {{"format", "csv"}, {"fields", "payload.text"}});
        EXPECT_EQ(file.text, "payload.text\r\n" + cell + "\r\n");
    }
    SmallShop shop(0);
    const Coordinate at = Coordinate::create("number:1", "north").value();
    (void)shop.store().append(at, SmallShop::kSent, json{{"n", -5}}).value();
    EXPECT_EQ(file_of(shop, {{"format", "csv"}, {"fields", "payload.n"}}).text,
              "payload.n\r\n-5\r\n");
}

// Goal: a file that has not all says where the rest begins, and the parts together are all.
TEST(InspectorExport, EndsWhereItWouldBeTooLarge) {
    SmallShop shop(0);
    for (int i = 0; i < 40; ++i) add_text(shop, std::string(500'000, 'x'));
    std::vector<std::uint64_t> sequences;
    std::uint64_t from = 0;
    int parts = 0;
    for (bool has_more = true; has_more; ++parts) {
        const Download part = file_of(shop, {{"from", std::to_string(from)}});
        EXPECT_LE(part.text.size(), kAnswerBytesMax + 1'000'000);
        has_more = part.next.has_value();
        for (const std::string& line : lines_of(part.text)) {
            const json event = json::parse(line);
            if (event.contains("sequence")) sequences.push_back(event["sequence"]);
            if (event.contains("next")) {
                EXPECT_EQ(event["next"], part.next->value);
            }
        }
        if (has_more) from = part.next->value;
    }
    EXPECT_GT(parts, 1);
    ASSERT_EQ(sequences.size(), 40U);
    for (std::uint64_t i = 0; i < 40; ++i) EXPECT_EQ(sequences[i], i);
}

TEST(InspectorExport, LeavesOutAPayloadThatIsTooLongAndSaysSo) {
    SmallShop shop(0);
    add_text(shop, std::string(kPayloadBytesInPage + 1, 'x'));
    const json line = json::parse(file_of(shop, {}).text);
    EXPECT_GT(line["payload_bytes"], kPayloadBytesInPage);
    EXPECT_FALSE(line.contains("payload"));
    const std::string csv = file_of(shop, {{"format", "csv"}}).text;
    EXPECT_LT(csv.size(), 1000U);
    EXPECT_NE(csv.find("batpak export"), std::string::npos);
}

TEST(InspectorExport, RefusesWhatItDoesNotKnow) {
    SmallShop shop;
    const auto code = [&](Parameters::Pairs pairs) {
        return answer_export(shop.store(), with(std::move(pairs))).error().code();
    };
    EXPECT_EQ(code({{"format", "xlsx"}}), ErrorCode::InvalidArgument);
    EXPECT_EQ(code({{"fields", "sequence"}}), ErrorCode::InvalidArgument);
    EXPECT_EQ(code({{"format", "csv"}, {"fields", "nothing"}}), ErrorCode::InvalidArgument);
    EXPECT_EQ(code({{"where", "payload."}}), ErrorCode::InvalidArgument);
    EXPECT_EQ(code({{"limit", "1"}}), ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace batpak::inspector
