#include "batpak/delivery/cursor.hpp"

#include <gtest/gtest.h>

#include "batpak/store/read_only_store.hpp"
#include "support/store_fixture.hpp"

namespace batpak {
namespace {

using testing::Moved;

const CursorId kBilling("billing");

std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }

class CursorTest : public testing::StoreFixture {
protected:
    // Polls until there is nothing, and returns the sequences.
    static std::vector<std::uint64_t> drain(Cursor& cursor) {
        std::vector<std::uint64_t> sequences;
        while (const auto event = cursor.poll().value()) {
            sequences.push_back(event->sequence().value);
        }
        return sequences;
    }
    using Sequences = std::vector<std::uint64_t>;
};

TEST_F(CursorTest, DeliversHistoryThenWhatIsAppended) {
    Store store = open();
    ASSERT_TRUE(store.append(alice, Moved{1, 0}));
    ASSERT_TRUE(store.append(bob, Moved{2, 0}));
    Cursor cursor = store.cursor_guaranteed(Region::all(), kBilling).value();
    EXPECT_EQ(drain(cursor), (Sequences{0, 1}));
    EXPECT_FALSE(cursor.wait(now()).value());
    ASSERT_TRUE(store.append(alice, Moved{3, 0}));
    EXPECT_TRUE(cursor.wait(now()).value());
    const auto event = cursor.poll().value();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->entity, "player:alice");
    EXPECT_EQ(event->as<Moved>().value().x, 3);
    EXPECT_EQ(drain(cursor), Sequences{});
}

TEST_F(CursorTest, GoesOnBehindItsLastCommit) {
    Store store = open();
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(store.append(alice, Moved{i, 0}));
    {
        Cursor cursor = store.cursor_guaranteed(Region::all(), kBilling).value();
        EXPECT_EQ(cursor.poll_batch(0).value().size(), 0U);
        EXPECT_EQ(cursor.poll_batch(2).value().size(), 2U);
        ASSERT_TRUE(cursor.commit());
        ASSERT_TRUE(cursor.poll().value());
    }
    std::move(store).close().value();
    Store again = open();
    Cursor cursor = again.cursor_guaranteed(Region::all(), kBilling).value();
    EXPECT_EQ(drain(cursor), (Sequences{2, 3}));
    EXPECT_EQ(cursor.position().matched, 4U);
    EXPECT_TRUE(again.verify_completeness(Region::all(), cursor.position()).value());
}

TEST_F(CursorTest, RefusesAnotherRegionUnderItsId) {
    Store store = open();
    ASSERT_TRUE(store.append(alice, Moved{1, 0}));
    Cursor cursor = store.cursor_guaranteed(Region::all(), kBilling).value();
    drain(cursor);
    ASSERT_TRUE(cursor.commit());
    const auto other = store.cursor_guaranteed(Region::scope("room:dungeon"), kBilling);
    EXPECT_EQ(testing::code_of(other), ErrorCode::ForeignPosition);
}

}  // namespace
}  // namespace batpak
