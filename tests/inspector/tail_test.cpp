#include "inspector/tail.hpp"

#include <gtest/gtest.h>

#include "inspector/small_shop.hpp"

namespace batpak::inspector {
namespace {

using nlohmann::json;

json data_of(const std::string& message) {
    const std::size_t at = message.find("data: ");
    return at == std::string::npos ? json() : json::parse(message.substr(at + 6));
}

TEST(InspectorTail, GivesWhatIsThereAndThenWhatIsAppended) {
    SmallShop shop;
    Tail tail = Tail::create(shop.store(), nullptr, with({{"start", "12"}})).value();
    const std::string first = tail.next({}).value();
    EXPECT_TRUE(first.starts_with("id: 14\n"));
    ASSERT_EQ(data_of(first).size(), 3U);
    EXPECT_EQ(data_of(first)[0]["sequence"], 12);
    shop.add_order(10);
    EXPECT_EQ(data_of(tail.next({}).value()).size(), 2U);
}

TEST(InspectorTail, FiltersAndCutsIntoMessages) {
    SmallShop shop(200);
    Tail tail =
        Tail::create(shop.store(), nullptr, with({{"start", "0"}, {"where", "payload.cents >= 0"}}))
            .value();
    EXPECT_EQ(data_of(tail.next({}).value()).size(), 200U);
    Tail all = Tail::create(shop.store(), nullptr, with({{"start", "0"}})).value();
    EXPECT_EQ(data_of(all.next({}).value()).size(), Tail::kBatchMax);
    EXPECT_EQ(data_of(all.next({}).value()).size(), 300 - Tail::kBatchMax);
}

TEST(InspectorTail, SaysHowFarItHasLookedWhenNothingIsNew) {
    SmallShop shop;
    Tail tail = Tail::create(shop.store(), nullptr, with({{"kind", "Sent"}})).value();
    EXPECT_EQ(tail.next({}).value(), ": 15\n\n");
    (void)shop.store()
        .append_raw(Coordinate::create("e", "s").value(), SmallShop::kPlaced, {}, {})
        .value();
    EXPECT_EQ(tail.next({}).value(), ": 16\n\n");
}

TEST(InspectorTail, EndsWhenAsked) {
    SmallShop shop;
    Tail tail = Tail::create(shop.store(), nullptr, with({})).value();
    std::stop_source stop;
    stop.request_stop();
    EXPECT_FALSE(tail.next(stop.get_token()));
}

TEST(InspectorTail, RefusesAPlaceThatIsNotThere) {
    SmallShop shop;
    EXPECT_TRUE(Tail::create(shop.store(), nullptr, with({{"start", "15"}})));
    EXPECT_FALSE(Tail::create(shop.store(), nullptr, with({{"start", "16"}})));
    EXPECT_FALSE(Tail::create(shop.store(), nullptr, with({{"where", "("}})));
}

}  // namespace
}  // namespace batpak::inspector
