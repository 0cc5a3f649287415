// A read model that may be made of an erased payload is not used again (INV K6).
#include <gtest/gtest.h>

#include "batpak/readmodel/projection_runner.hpp"
#include "batpak/store/compaction.hpp"
#include "readmodel/recorder.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak {
namespace {

using testing::code_of;
using testing::Moved;
using testing::Recorder;

class ErasedModelTest : public testing::StoreFixture {
protected:
    ErasedModelTest() {
        for (int i = 0; i < 6; ++i)
            ids.push_back(store.append(i % 2 == 0 ? alice : bob, Moved{i, 0}).value().event_id);
    }
    void erase(std::size_t event) {
        Tombstone tombstone("request");
        tombstone.ids = {ids[event]};
        ASSERT_TRUE(store.compact(tombstone));
    }

    Store store = open();
    std::vector<EventId> ids;
    Recorder::Disk disk_a;
    Recorder::Disk disk_b;
    Recorder a{{"a", 1}, Region::entity("player:alice"), disk_a};
    Recorder b{{"b", 1}, Region::entity("player:bob"), disk_b};
};

TEST_F(ErasedModelTest, IsRefusedIfItIsConcernedAndGoesOnIfNot) {
    {
        ProjectionRunner runner(store);
        ASSERT_TRUE(runner.add(a));
        ASSERT_TRUE(runner.add(b));
        ASSERT_TRUE(runner.catch_up());
        EXPECT_EQ(disk_a.position->erasures_end, Sequence(0));
    }
    erase(2);
    ProjectionRunner runner(store);
    const auto refused = runner.add(a);
    EXPECT_EQ(code_of(refused), ErrorCode::ModelOfErased);
    EXPECT_EQ(refused.error().sequence(), Sequence(2));
    ASSERT_TRUE(runner.add(b));
    store.append(bob, Moved{7, 0}).value();
    ASSERT_TRUE(runner.catch_up());
    EXPECT_EQ(disk_b.position->erasures_end, store.erased_payloads().end());

    // Made again it is taken, and is given the event as one that is erased.
    disk_a = {};
    std::uint64_t erased = 0;
    a.on_event = [&](const EventView& event) -> Result<void> {
        erased += event.erased ? 1U : 0U;
        return {};
    };
    ASSERT_TRUE(runner.add(a));
    ASSERT_TRUE(runner.catch_up());
    EXPECT_EQ(erased, 1U);
    EXPECT_EQ(disk_a.position->erasures_end, store.erased_payloads().end());
    ProjectionRunner next(store);
    EXPECT_TRUE(next.add(a));
}

TEST_F(ErasedModelTest, StopsWhileItRuns) {
    ProjectionRunner runner(store);
    ASSERT_TRUE(runner.add(a));
    ASSERT_TRUE(runner.add(b));
    ASSERT_TRUE(runner.catch_up());
    erase(2);
    store.append(alice, Moved{7, 0}).value();
    store.append(bob, Moved{8, 0}).value();
    EXPECT_EQ(code_of(runner.catch_up()), ErrorCode::ModelOfErased);
    EXPECT_EQ(disk_a.events.size(), 3U);
    EXPECT_EQ(disk_b.events.size(), 4U);
}

// What is erased behind a model's position it has not seen.
TEST_F(ErasedModelTest, GoesOnBeforeWhatIsErased) {
    ProjectionRunner runner(store);
    ASSERT_TRUE(runner.add(a));
    ASSERT_TRUE(runner.run_until(Sequence(1)));
    erase(4);
    ASSERT_TRUE(runner.run_until(Sequence(3)));
    EXPECT_EQ(disk_a.position->erasures_end, store.erased_payloads().end());
    ASSERT_TRUE(runner.catch_up());
    EXPECT_EQ(disk_a.events.size(), 3U);
}

}  // namespace
}  // namespace batpak
