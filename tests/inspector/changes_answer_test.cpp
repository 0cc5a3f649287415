#include <gtest/gtest.h>

#include "inspector/small_shop.hpp"

namespace batpak::inspector {
namespace {

using nlohmann::json;

json changes_of(SmallShop& shop, Parameters::Pairs pairs) {
    return parsed(answer_changes(shop.store(), with(std::move(pairs))));
}

// Goal: between any two moments the entities are those of the events that lie between.
// Method: all pairs of moments of a small store, against the events read one after another.
TEST(InspectorChanges, AreWhatLiesBetween) {
    SmallShop shop(6);
    const std::uint64_t end = shop.store().visible_end().value;
    for (std::uint64_t from = 0; from < end; ++from) {
        for (std::uint64_t to = from; to < end; ++to) {
            std::map<std::string, json> expected;
            for (const auto& event : shop.store().query(
                     Region::all().with_sequences(Sequence(from + 1), Sequence(to + 1)))) {
                json& row = expected[std::string(event->entity)];
                if (row.is_null()) {
                    row = {{"entity", event->entity},
                           {"events", 0},
                           {"first_version", event->version().value},
                           {"new", event->version() == Version(0)}};
                }
                row["events"] = row["events"].get<int>() + 1;
                row["last_version"] = event->version().value;
            }
            const json answer =
                changes_of(shop, {{"from", std::to_string(from)}, {"to", std::to_string(to)}});
            json rows = json::array();
            for (const auto& [entity, row] : expected) rows.push_back(row);
            EXPECT_EQ(answer["changes"], rows);
            EXPECT_EQ(answer["from"], from + 1);
            EXPECT_EQ(answer["to"], to + 1);
            EXPECT_EQ(answer["events"], to - from);
            EXPECT_EQ(answer["entities"], rows.size());
            EXPECT_EQ(answer["more_than"], json::array());
            EXPECT_EQ(answer["more"], false);
        }
    }
    EXPECT_EQ(changes_of(shop, {})["events"], end);
    EXPECT_EQ(changes_of(shop, {{"from", "5"}, {"to", "2"}}),
              changes_of(shop, {{"from", "2"}, {"to", "5"}}));
}

TEST(InspectorChanges, ComePageByPage) {
    SmallShop shop;
    json pages = json::array();
    std::string after;
    for (bool more = true; more;) {
        Parameters::Pairs pairs{{"limit", "3"}};
        if (!after.empty()) pairs.emplace("after", after);
        const json answer = changes_of(shop, pairs);
        for (const json& row : answer["changes"]) pages.push_back(row);
        after = pages.back()["entity"];
        more = answer["more"];
    }
    EXPECT_EQ(pages, changes_of(shop, {})["changes"]);
    EXPECT_EQ(pages.size(), 10U);
}

TEST(InspectorChanges, ReadNoMoreThanTheyMay) {
    SmallShop shop(0);
    for (std::uint64_t i = 0; i < kCountedMax + 10; ++i) shop.add_lone_event("lone:");
    const json answer = changes_of(shop, {{"limit", "1"}});
    EXPECT_EQ(answer["counted_from"], 10);
    EXPECT_EQ(answer["events"], kCountedMax);
    EXPECT_EQ(answer["more_than"], (json{"events", "entities"}));
    EXPECT_EQ(answer["more"], true);
}

TEST(InspectorChanges, RefuseWhatIsNoMoment) {
    SmallShop shop;
    const auto code = [&](Parameters::Pairs pairs) {
        return answer_changes(shop.store(), with(std::move(pairs))).error().code();
    };
    EXPECT_EQ(code({{"from", "yesterdayish"}}), ErrorCode::InvalidArgument);
    EXPECT_EQ(code({{"to", "15"}}), ErrorCode::EventNotFound);
    EXPECT_EQ(code({{"entity", "order:1"}}), ErrorCode::InvalidArgument);
}

TEST(InspectorState, IsThatOfAMoment) {
    SmallShop shop;
    const auto state = [&](Parameters::Pairs pairs) {
        pairs.emplace("entity", "order:2");
        return answer_state(shop.store(), with(std::move(pairs)));
    };
    // Its events are 3 and 4.
    EXPECT_EQ(state({{"at", "2"}}).error().code(), ErrorCode::EventNotFound);
    EXPECT_EQ(parsed(state({{"at", "3"}}))["state"]["by"], "ada");
    EXPECT_EQ(parsed(state({{"at", "3"}})), parsed(state({{"at", "3"}})));
    EXPECT_EQ(parsed(state({{"at", "4"}}))["state"]["by"], "post");
    EXPECT_EQ(parsed(state({{"at", "14"}})), parsed(state({})));
    EXPECT_EQ(state({{"at", "15"}}).error().code(), ErrorCode::EventNotFound);
    EXPECT_EQ(state({{"at", "3"}, {"version", "0"}}).error().code(), ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace batpak::inspector
