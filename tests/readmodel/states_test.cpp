// Goal:   states in memory are those of the last commit, whole, and of nobody but this process.
// Method: a batch is begun, applied, rolled back and committed step by step, and looked at in
//         between; then a child looks, after fork().
#include "batpak/readmodel/states.hpp"

#include <gtest/gtest.h>

#include "support/child_process.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak {
namespace {

using testing::code_of;
using testing::Moved;

struct Walker {
    static constexpr auto projection = projection_of<Moved>("walker", 3);
    int x = 0;
    void on(const Moved& moved) { x += moved.x; }
};

class StatesTest : public testing::StoreFixture {
protected:
    StatesTest() {
        for (int i = 1; i <= 4; ++i)
            EXPECT_TRUE(store.append(i % 2 == 0 ? bob : alice, Moved{i, 0}));
    }
    // The events of [begin, end), as a runner gives them.
    void apply(ReadModel& model, std::uint64_t begin, std::uint64_t end) const {
        for (std::uint64_t at = begin; at < end; ++at) {
            const auto event = store.find(Sequence(at)).value();
            ASSERT_TRUE(model.apply(*event));
        }
    }
    static ModelPosition position_at(std::uint64_t next) {
        ModelPosition position{};
        position.next = Sequence(next);
        position.events = next;
        return position;
    }

    Store store = open();
};

TEST_F(StatesTest, AreNamedAfterTheProjectionAndAskForItsKinds) {
    EntityStates<Walker> walkers(Region::scope("room:dungeon"));
    RegionState<Walker> all(Region::all());
    EXPECT_EQ(walkers.name().text, "walker");
    EXPECT_EQ(walkers.name().version, 3U);
    EXPECT_EQ(walkers.keeping(), ModelKeeping::InMemory);
    EXPECT_EQ(walkers.region(), Region::scope("room:dungeon").with_kinds({Moved::kind}));
    EXPECT_EQ(all.region(), Region::all().with_kinds({Moved::kind}));
    EXPECT_EQ(walkers.position().value(), std::nullopt);
    EXPECT_EQ(all.position().value(), std::nullopt);
    EXPECT_EQ(walkers.size(), 0U);
    EXPECT_EQ(all.get()->x, 0);
}

TEST_F(StatesTest, OfEntitiesShowABatchWholeOnceItIsCommitted) {
    EntityStates<Walker> walkers(Region::all());
    walkers.begin().value();
    apply(walkers, 0, 2);
    EXPECT_EQ(walkers.find(alice.entity()), nullptr);
    EXPECT_EQ(walkers.position().value(), std::nullopt);
    walkers.commit(position_at(2)).value();
    const auto before = walkers.find(alice.entity());
    ASSERT_NE(before, nullptr);
    EXPECT_EQ(before->x, 1);
    EXPECT_EQ(walkers.find(bob.entity())->x, 2);
    EXPECT_EQ(walkers.find("nobody"), nullptr);
    EXPECT_EQ(walkers.position().value(), position_at(2));
    walkers.begin().value();
    apply(walkers, 2, 4);
    walkers.roll_back();
    EXPECT_EQ(walkers.find(alice.entity()), before);
    walkers.begin().value();
    apply(walkers, 2, 4);
    walkers.commit(position_at(4)).value();
    EXPECT_EQ(before->x, 1) << "what was handed out stays";
    EXPECT_EQ(walkers.find(alice.entity())->x, 4);
    EXPECT_EQ(walkers.find(bob.entity())->x, 6);
    EXPECT_EQ(walkers.all().size(), 2U);
    EXPECT_EQ(walkers.position().value(), position_at(4));
}

TEST_F(StatesTest, OfARegionShowABatchWholeOnceItIsCommitted) {
    RegionState<Walker> all(Region::all());
    all.begin().value();
    apply(all, 0, 3);
    EXPECT_EQ(all.get()->x, 0);
    all.roll_back();
    all.begin().value();
    apply(all, 0, 3);
    all.commit(position_at(3)).value();
    const auto before = all.get();
    EXPECT_EQ(before->x, 6);
    EXPECT_EQ(all.position().value(), position_at(3));
    all.begin().value();
    apply(all, 3, 4);
    all.commit(position_at(4)).value();
    EXPECT_EQ(before->x, 6);
    EXPECT_EQ(all.get()->x, 10);
}

// The parent's runner may have been changing them at the moment of the fork.
TEST_F(StatesTest, AreAsIfNoEventHadComeInAChild) {
    EntityStates<Walker> walkers(Region::all());
    RegionState<Walker> all(Region::all());
    for (ReadModel* const model :
         {static_cast<ReadModel*>(&walkers), static_cast<ReadModel*>(&all)}) {
        model->begin().value();
        apply(*model, 0, 4);
        model->commit(position_at(4)).value();
    }
    const int child = testing::run_in_child([&] {
        const bool is_empty = walkers.find(alice.entity()) == nullptr && walkers.size() == 0 &&
                              walkers.all().empty() && all.get()->x == 0;
        const bool is_refused = code_of(walkers.position()) == ErrorCode::Forked &&
                                code_of(walkers.begin()) == ErrorCode::Forked &&
                                code_of(walkers.commit(position_at(5))) == ErrorCode::Forked &&
                                code_of(all.position()) == ErrorCode::Forked &&
                                code_of(all.begin()) == ErrorCode::Forked &&
                                code_of(all.commit(position_at(5))) == ErrorCode::Forked;
        return is_empty && is_refused ? 0 : 1;
    });
    EXPECT_EQ(child, 0);
    EXPECT_EQ(walkers.size(), 2U);
    EXPECT_EQ(all.get()->x, 10);
    EXPECT_EQ(all.position().value(), position_at(4));
}

}  // namespace
}  // namespace batpak
