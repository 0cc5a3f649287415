#include "batpak/store/store.hpp"

#include <gtest/gtest.h>

#include "batpak/testing/environment.hpp"

namespace batpak {
namespace {

struct PlayerMoved {
    static constexpr auto kind = EventKind::custom(0xF, 1);
    int x = 0;
    int y = 0;
};

TEST(Store, AppendsAndReadsBack) {
    const StoreConfig config = StoreConfig("data").with_environment(testing::memory_environment());
    auto store = Store::open(config).value();
    EXPECT_EQ(store.open_report().outcome, OpenReport::Outcome::Created);
    const auto alice = Coordinate::create("player:alice", "room:dungeon").value();
    const auto bob = Coordinate::create("player:bob", "room:dungeon").value();
    for (int i = 0; i < 100; ++i) {
        const auto receipt = store.append(i % 3 == 0 ? bob : alice, PlayerMoved{i, -i});
        ASSERT_TRUE(receipt) << receipt.error().to_string();
        EXPECT_EQ(receipt->sequence, Sequence(static_cast<std::uint64_t>(i)));
        EXPECT_EQ(receipt->durability, Durability::Durable);
        const auto back = store.get<PlayerMoved>(receipt->event_id);
        ASSERT_TRUE(back) << back.error().to_string();
        EXPECT_EQ(back->payload().x, i);
    }
    auto events = store.stream("player:bob").collect<PlayerMoved>();
    ASSERT_TRUE(events) << events.error().to_string();
    EXPECT_EQ(events->size(), 34U);
    const auto report = store.verify();
    ASSERT_TRUE(report) << report.error().to_string();
    EXPECT_FALSE(report->damage) << report->damage->to_string();
    EXPECT_EQ(report->events, 100U);
    ASSERT_TRUE(std::move(store).close());

    auto again = Store::open(config);
    ASSERT_TRUE(again) << again.error().to_string();
    EXPECT_EQ(again->visible_end(), Sequence(100));
    EXPECT_EQ(again->open_report().frames_scanned, 0U);
    EXPECT_EQ(again->count(Region::scope("room:dungeon")).value(), 100U);
    EXPECT_EQ(again->verify()->root, report->root);
}

TEST(Store, RotatesAndContinues) {
    const StoreConfig config = StoreConfig("data")
                                   .with_environment(testing::memory_environment())
                                   .with_segment_bytes(4096);
    const auto alice = Coordinate::create("player:alice", "room:dungeon").value();
    for (int round = 0; round < 10; ++round) {
        auto store = Store::open(config);
        ASSERT_TRUE(store) << store.error().to_string();
        ASSERT_EQ(store->visible_end().value, static_cast<std::uint64_t>(round) * 37);
        for (int i = 0; i < 37; ++i) {
            const auto receipt = store->append(alice, PlayerMoved{i, round});
            ASSERT_TRUE(receipt) << receipt.error().to_string();
        }
        const auto report = store->verify();
        ASSERT_TRUE(report);
        ASSERT_FALSE(report->damage) << report->damage->to_string();
        EXPECT_EQ(store->stream("player:alice").collect<PlayerMoved>()->size(),
                  static_cast<std::size_t>(round + 1) * 37);
        ASSERT_TRUE(std::move(*store).close());
    }
}

}  // namespace
}  // namespace batpak
