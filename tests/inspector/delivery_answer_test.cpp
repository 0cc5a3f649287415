#include <gtest/gtest.h>

#include "batpak/delivery/consumer_group.hpp"
#include "batpak/delivery/cursor.hpp"
#include "batpak/delivery/reactor.hpp"
#include "inspector/small_shop.hpp"
#include "readmodel/switched.hpp"

namespace batpak::inspector {
namespace {

using nlohmann::json;

json delivery_of(SmallShop& shop) { return parsed(answer_delivery(shop.store(), with({}))); }

// Takes so many events and says so.
void take(SmallShop& shop, const Region& region, const char* id, int count,
          OwnEvents own_events = OwnEvents::LeaveOut) {
    CursorOptions options;
    options.own_events = own_events;
    Cursor cursor = shop.store().cursor_guaranteed(region, CursorId(id), options).value();
    for (int i = 0; i < count; ++i) ASSERT_TRUE(cursor.poll().value());
    ASSERT_TRUE(cursor.commit());
}

// 15 events: of scope north 10, at 0, 1, 3, 4, ... and of scope south 5, at 2, 5, ...
TEST(InspectorDelivery, AnEmptyLogHasNone) {
    SmallShop shop;
    const json answer = delivery_of(shop);
    EXPECT_EQ(answer["events"], 15);
    for (const char* const list : {"cursors", "groups", "read_models"}) {
        EXPECT_EQ(answer[list], json::array());
    }
    EXPECT_EQ(answer["is_cut"], false);
}

TEST(InspectorDelivery, SaysWhereACursorIsAndWhatItHasNotTaken) {
    SmallShop shop;
    take(shop, Region::all(), "all", 4);
    json row = delivery_of(shop)["cursors"][0];
    EXPECT_EQ(row["id"], "all");
    EXPECT_EQ(row["is_reactor"], false);
    EXPECT_EQ(row["region"], json::object());
    EXPECT_EQ(row["position"], 4);
    EXPECT_EQ(row["delivered"], 4);
    EXPECT_EQ(row["behind"], 11);
    EXPECT_EQ(row["behind_is"], "exact");
    EXPECT_EQ(row["waiting"], 4);
    EXPECT_EQ(row["written_by"], 15);
    EXPECT_EQ(row["writes"], 1);
    // Its own commits are none of what it is behind.
    take(shop, Region::all(), "all", 11);
    row = delivery_of(shop)["cursors"][0];
    EXPECT_EQ(row["behind"], 0);
    EXPECT_EQ(row["writes"], 2);
    EXPECT_FALSE(row.contains("waiting"));
}

// Goal: the region of a position is found again where it is a simple one, and counted alone.
TEST(InspectorDelivery, FindsTheRegionAgain) {
    SmallShop shop;
    take(shop, Region::scope("south"), "a-scope", 2);
    take(shop, Region::kinds({SmallShop::kSent}), "b-kind", 1);
    take(shop, Region::kinds(KindFilter::category(4)), "c-category", 14);
    take(shop, Region::entity("order:4"), "d-other", 1);
    take(shop, Region::all(), "e-own", 15, OwnEvents::Include);
    const json rows = delivery_of(shop)["cursors"];
    ASSERT_EQ(rows.size(), 5U);
    const auto is = [&](std::size_t i, const json& region, int behind, const char* how) {
        EXPECT_EQ(rows[i].value("region", json()), region) << rows[i];
        EXPECT_EQ(rows[i]["behind"], behind) << rows[i];
        EXPECT_EQ(rows[i]["behind_is"], how) << rows[i];
    };
    is(0, {{"scope", "south"}}, 3, "exact");
    is(1, {{"kind", "0x4002"}}, 4, "exact");
    is(2, {{"category", "4"}}, 1, "exact");
    EXPECT_EQ(rows[3].contains("region"), false);
    EXPECT_EQ(rows[3]["behind_is"], "at_most");
    EXPECT_GE(rows[3]["behind"], 1);
    // The commits of the four others, and its own.
    is(4, json::object(), 5, "exact");
}

TEST(InspectorDelivery, ListsReactorsWithWhatTheyPassedOver) {
    SmallShop shop(3);
    ReactorOptions options;
    options.errors = ReactionErrors::Skip;
    Reactor reactor = Reactor::open(
                          shop.store(), Region::scope("south"), ReactorId("mail"),
                          [](const EventView&, Reactions&) -> Result<void> {
                              return fail(ErrorCode::InvalidArgument, "no address");
                          },
                          options)
                          .value();
    ASSERT_TRUE(reactor.step());
    const json row = delivery_of(shop)["cursors"][0];
    EXPECT_EQ(row["id"], "mail");
    EXPECT_EQ(row["is_reactor"], true);
    EXPECT_EQ(row["failed"], 1);
    EXPECT_EQ(row["failed_last"], 2);
    EXPECT_NE(row["failed_reason"].get<std::string>().find("no address"), std::string::npos);
}

TEST(InspectorDelivery, FoldsTheMovesOfAGroup) {
    SmallShop shop;
    {
        ConsumerGroup group =
            ConsumerGroup::open(shop.store(), Region::scope("north"), GroupId("packers")).value();
        const auto claim = [&] {
            return std::move(*group.claim(std::chrono::steady_clock::now()).value());
        };
        ASSERT_TRUE(claim().ack());
        ASSERT_TRUE(claim().ack());
        Delivery parked = claim();
        ASSERT_TRUE(std::move(parked).park("no such street"));
        Delivery retried = claim();
        ASSERT_TRUE(std::move(retried).retry("no label"));
    }
    const json row = delivery_of(shop)["groups"][0];
    EXPECT_EQ(row["id"], "packers");
    EXPECT_EQ(row["region"], (json{{"scope", "north"}}));
    EXPECT_EQ(row["is_whole"], true);
    EXPECT_EQ(row["parked"], 1);
    EXPECT_EQ(row["retried"], 1);
    EXPECT_EQ(row["parked_first"][0]["reason"], "no such street");
    EXPECT_EQ(row["behind"], 7);
    EXPECT_EQ(row["behind_is"], "exact");
    EXPECT_TRUE(row.contains("waiting"));
}

TEST(InspectorDelivery, SaysWhichVersionOfAReadModelServes) {
    SmallShop shop;
    ASSERT_TRUE(
        readmodel::SwitchStream::read(shop.store(), "totals")
            .value()
            .append(shop.store(),
                    {.name = "totals", .version = 2, .replaced = 1, .model_next = Sequence(9)}));
    const json row = delivery_of(shop)["read_models"][0];
    EXPECT_EQ(row["id"], "totals");
    EXPECT_EQ(row["version"], 2);
    EXPECT_EQ(row["replaced"], 1);
    EXPECT_EQ(row["position_then"], 9);
    EXPECT_EQ(row["written_by"], 15);
}

TEST(InspectorDelivery, ListsNoMoreThanItMay) {
    SmallShop shop(1);
    for (std::uint64_t i = 0; i <= kDeliveriesMax; ++i) {
        take(shop, Region::all(), ("c" + std::to_string(i)).c_str(), 2);
    }
    const json answer = delivery_of(shop);
    EXPECT_EQ(answer["cursors"].size(), kDeliveriesMax);
    EXPECT_EQ(answer["is_cut"], true);
    const json some = parsed(answer_delivery(shop.store(), with({{"prefix", "c19"}})));
    EXPECT_EQ(some["cursors"].size(), 11U);
    EXPECT_EQ(some["is_cut"], false);
    EXPECT_FALSE(answer_delivery(shop.store(), with({{"entity", "x"}})));
}

}  // namespace
}  // namespace batpak::inspector
