#include "inspector/answers/answers.hpp"

#include <gtest/gtest.h>

#include "inspector/small_shop.hpp"

namespace batpak::inspector {
namespace {

TEST(InspectorAnswers, SayWhatTheStoreIs) {
    SmallShop shop;
    Store& store = shop.store();
    const auto json =
        parsed(answer_store({&store, [&] { return store.stats(); }, "the shop"}, with({})));
    EXPECT_EQ(json["events"], 15);
    EXPECT_EQ(json["title"], "the shop");
    EXPECT_EQ(json["log"], to_string(store.log_id()));
    EXPECT_EQ(json["writes_here"], true);
    EXPECT_EQ(json["stats"]["poisoned"], false);
    EXPECT_LE(json["first_us"], json["last_us"]);
    EXPECT_FALSE(parsed(answer_store({&store, {}, ""}, with({}))).contains("stats"));
}

TEST(InspectorAnswers, AnEmptyStoreHasNoTimes) {
    SmallShop shop(0);
    EXPECT_FALSE(parsed(answer_store({&shop.store(), {}, ""}, with({}))).contains("first_time"));
    EXPECT_EQ(parsed(answer_rows(shop.store(), with({})))["total"], 0);
    EXPECT_EQ(parsed(answer_series(shop.store(), with({})))["counts"].size(), 0U);
    EXPECT_EQ(parsed(answer_streams(shop.store(), with({})))["streams"].size(), 0U);
}

TEST(InspectorAnswers, CountNames) {
    SmallShop shop;
    const auto json = parsed(answer_counts(shop.store(), with({})));
    EXPECT_EQ(json["entities"], 10);
    EXPECT_EQ(json["scopes"], 2);
    EXPECT_EQ(json["tags"], 0);
    EXPECT_EQ(json["more_than"], nlohmann::json::array());
    EXPECT_EQ(parsed(answer_scopes(shop.store(), with({})))["scopes"],
              (nlohmann::json{"north", "south"}));
}

// Each event brings an entity and a scope of its own.
TEST(InspectorAnswers, CountNoMoreNamesThanTheyMay) {
    SmallShop shop(0);
    const auto add = [&](std::uint64_t count) {
        for (std::uint64_t i = 0; i < count; ++i) shop.add_lone_event();
    };
    add(kCountedMax);
    auto json = parsed(answer_counts(shop.store(), with({})));
    EXPECT_EQ(json["entities"], kCountedMax);
    EXPECT_EQ(json["scopes"], kCountedMax);
    EXPECT_EQ(json["more_than"], nlohmann::json::array());
    add(1);
    json = parsed(answer_counts(shop.store(), with({})));
    EXPECT_EQ(json["entities"], kCountedMax);
    EXPECT_EQ(json["more_than"], (nlohmann::json{"entities", "scopes"}));
    const auto scopes = parsed(answer_scopes(shop.store(), with({})));
    EXPECT_EQ(scopes["scopes"].size(), kListMax);
    EXPECT_EQ(scopes["is_cut"], true);
}

TEST(InspectorAnswers, GiveStreamsPageByPage) {
    SmallShop shop;
    std::string after;
    std::vector<std::string> names;
    for (int page = 0; page < 20; ++page) {
        const auto json =
            parsed(answer_streams(shop.store(), with({{"limit", "3"}, {"after", after}})));
        for (const auto& stream : json["streams"]) names.push_back(stream["entity"]);
        if (!json["more"].get<bool>()) break;
        after = names.back();
    }
    ASSERT_EQ(names.size(), 10U);
    EXPECT_EQ(names.front(), "order:0");
    EXPECT_EQ(names.back(), "order:9");
    const auto first = parsed(answer_streams(shop.store(), with({{"limit", "1"}})));
    EXPECT_EQ(first["streams"][0]["last_kind"], "Sent");
    EXPECT_EQ(first["streams"][0]["events"], 2);
    EXPECT_TRUE(answer_streams(shop.store(), with({{"limit", "1000"}})));
    EXPECT_FALSE(answer_streams(shop.store(), with({{"limit", "1001"}})));
}

TEST(InspectorAnswers, NameTheKinds) {
    SmallShop shop;
    const auto kinds = parsed(answer_catalogue(shop.store(), with({})))["kinds"];
    ASSERT_EQ(kinds.size(), 2U);
    EXPECT_EQ(kinds[0]["kind_name"], "Placed");
    EXPECT_EQ(kinds[0]["events"], 10);
    EXPECT_EQ(kinds[1]["kind_name"], "Sent");
    EXPECT_EQ(kinds[1]["events"], 5);
}

}  // namespace
}  // namespace batpak::inspector
