// What project<T>() answers, event by event (INV P1, P2).
#include "batpak/projection/project.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "batpak/json.hpp"
#include "batpak/store/read_only_store.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak {
namespace {

using testing::Moved;
using testing::StoreFixture;

struct Died {
    static constexpr auto kind = EventKind::custom(0xF, 2);
};

struct Player {
    static constexpr auto projection = projection_of<Moved, Died>("player", 1);
    int x = 0;
    int y = 0;
    int moves = 0;
    std::optional<Sequence> died;

    void on(const Moved& moved) {
        x = moved.x;
        y = moved.y;
        ++moves;
    }
    void on(const Died&, const EventView& event) { died = event.sequence(); }
};
static_assert(Projection<Player>);
static_assert(!Projection<Moved>);

struct PlayerByValue {
    static constexpr auto projection = projection_of<Moved, Died>("player by value", 1);
    int x = 0;
    std::optional<Sequence> died;

    void on(Moved moved) { x = moved.x; }
    void on(Died, EventView event) { died = event.sequence(); }
};
static_assert(Projection<PlayerByValue>);

struct Counter {
    static constexpr auto projection = projection_of_all<EventView>("counter", 1);
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;

    void on(const EventView& event) {
        ++events;
        bytes += event.payload.size();
    }
};

struct Sum {
    static constexpr auto projection =
        projection_of_kinds<nlohmann::json>("sum", 1, EventKind::custom(1, 7));
    int sum = 0;

    void on(const nlohmann::json& json) { sum += json.at("n").get<int>(); }
};

struct Values {
    static constexpr auto projection =
        projection_of_kinds<Value>("values", 1, EventKind::custom(1, 7), Moved::kind);
    std::vector<Sequence> maps;

    void on(const Value& value, const EventView& event) {
        if (value.as_map() != nullptr) maps.push_back(event.sequence());
    }
};

struct ProjectionTest : StoreFixture {
    Store store = open();
    Sequence append(const Coordinate& who, const auto& event) {
        return store.append(who, event).value().sequence;
    }
};

TEST_F(ProjectionTest, FoldsTheEventsOfOneEntityInOrder) {
    append(alice, Moved{1, 2});
    append(bob, Moved{7, 7});
    append(alice, Moved{3, 4});
    const Sequence died = append(alice, Died{});
    const auto by_value = store.project<PlayerByValue>("player:alice").value();
    ASSERT_TRUE(by_value);
    EXPECT_EQ(by_value->x, 3);
    EXPECT_EQ(by_value->died, died);
    const auto player = store.project<Player>("player:alice").value();
    ASSERT_TRUE(player.has_value());
    EXPECT_EQ(player->x, 3);
    EXPECT_EQ(player->y, 4);
    EXPECT_EQ(player->moves, 2);
    EXPECT_EQ(player->died, died);
}

TEST_F(ProjectionTest, IsNothingForAnEntityWithoutEventsItHandles) {
    ASSERT_TRUE(store.append(alice, kind, nlohmann::json{{"n", 1}}).has_value());
    EXPECT_FALSE(store.project<Player>("player:alice").value().has_value());
    EXPECT_FALSE(store.project<Player>("player").value().has_value());
    EXPECT_TRUE(store.project<Sum>("player:alice").value().has_value());
}

TEST_F(ProjectionTest, FoldsARegion) {
    append(alice, Moved{1, 0});
    append(bob, Moved{2, 0});
    ASSERT_TRUE(store.append(bob, kind, nlohmann::json{{"n", 5}}).has_value());
    EXPECT_EQ(store.project<Player>(Region::entity_prefix("player:")).value().moves, 2);
    EXPECT_EQ(store.project<Counter>(Region::all()).value().events, 3U);
    EXPECT_EQ(store.project<Counter>(Region::scope("nowhere")).value().events, 0U);
    EXPECT_EQ(store.project<Sum>(Region::all()).value().sum, 5);
    EXPECT_EQ(store.project<Values>(Region::all()).value().maps.size(), 3U);
}

TEST_F(ProjectionTest, OfAViewIsThePast) {
    const Sequence first = append(alice, Moved{1, 0});
    append(alice, Moved{2, 0});
    EXPECT_EQ(store.as_of(first).project<Player>("player:alice").value()->x, 1);
    EXPECT_FALSE(store.before(first).project<Player>("player:alice").value().has_value());
}

TEST_F(ProjectionTest, IsSaidAgainOnlyIfItChanged) {
    append(alice, Moved{1, 0});
    const auto first = store.project_if_changed<Player>("player:alice", Sequence(0)).value();
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(first->end, Sequence(1));
    EXPECT_EQ(first->state.moves, 1);
    append(bob, Moved{5, 5});
    EXPECT_FALSE(store.project_if_changed<Player>("player:alice", first->end).value().has_value());
    append(alice, Moved{2, 0});
    append(bob, Moved{5, 5});
    const auto second = store.project_if_changed<Player>("player:alice", first->end).value();
    ASSERT_TRUE(second.has_value());
    EXPECT_EQ(second->end, Sequence(4));
    EXPECT_EQ(second->state.moves, 2);
    // A place that this log has not reached is of another: "nothing changed" would be no answer.
    EXPECT_FALSE(store.project_if_changed<Player>("player:alice", Sequence(4)).value());
    for (const std::uint64_t beyond : {std::uint64_t{5}, UINT64_MAX}) {
        const auto refused = store.project_if_changed<Player>("player:alice", Sequence(beyond));
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code(), ErrorCode::InvalidArgument);
        EXPECT_EQ(refused.error().sequence(), Sequence(beyond));
    }
}

TEST_F(ProjectionTest, ReadsNoEventOfAKindItDoesNotHandle) {
    append(alice, Moved{1, 0});
    ASSERT_TRUE(store.append_raw(alice, kind, as_bytes("\xC1 is no MessagePack")).has_value());
    append(alice, Moved{2, 0});
    EXPECT_EQ(store.project<Player>("player:alice").value()->moves, 2);
}

TEST_F(ProjectionTest, NamesTheEventThatCannotBeDecoded) {
    append(alice, Moved{1, 0});
    ASSERT_TRUE(store.append_raw(alice, Moved::kind, as_bytes("\xC1")).has_value());
    append(alice, Moved{2, 0});
    for (const Error& error :
         {store.project<Player>("player:alice").error(),
          store.project<Player>(Region::all()).error(),
          store.project_if_changed<Player>("player:alice", Sequence(0)).error()}) {
        EXPECT_EQ(error.code(), ErrorCode::DecodeFailed);
        EXPECT_EQ(error.sequence(), Sequence(1));
    }
    EXPECT_EQ(store.before(Sequence(1)).project<Player>("player:alice").value()->moves, 1);
}

struct Jumpy {
    static constexpr auto projection = projection_of<Moved>("jumpy", 1);
    int x = 0;
    void on(const Moved& moved) {
        if (moved.x < 0) throw std::runtime_error("no such place");
        x = moved.x;
    }
};

TEST_F(ProjectionTest, LetsThroughWhatAHandlerThrows) {
    append(alice, Moved{1, 0});
    append(alice, Moved{-1, 0});
    EXPECT_THROW((void)store.project<Jumpy>("player:alice"), std::runtime_error);
    EXPECT_EQ(store.as_of(Sequence(0)).project<Jumpy>("player:alice").value()->x, 1);
    append(alice, Moved{3, 0});
    EXPECT_EQ(store.project<Player>("player:alice").value()->moves, 3);
}

TEST_F(ProjectionTest, OfAReadOnlyStoreSeesWhatThatSees) {
    append(alice, Moved{1, 0});
    auto reader = ReadOnlyStore::open(config).value();
    append(alice, Moved{2, 0});
    EXPECT_EQ(reader.project<Player>("player:alice").value()->x, 1);
    ASSERT_TRUE(reader.refresh().has_value());
    EXPECT_EQ(reader.project<Player>("player:alice").value()->x, 2);
}

TEST_F(ProjectionTest, OfAClosedStoreIsClosed) {
    ASSERT_TRUE(std::move(store).close().has_value());
    EXPECT_EQ(store.project<Player>("player:alice").error().code(), ErrorCode::Closed);
    EXPECT_EQ(store.project<Counter>(Region::all()).error().code(), ErrorCode::Closed);
}

}  // namespace
}  // namespace batpak
