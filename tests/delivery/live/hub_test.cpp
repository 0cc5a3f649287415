// Goal:   what is published reaches every mailbox that is there, and nothing is published where
//         none is (INV D4).
// Method: the hub of a store's read side, with mailboxes that come and go.
#include "delivery/live/hub.hpp"

#include <gtest/gtest.h>

#include "store/engine.hpp"
#include "support/store/one_group.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::delivery {
namespace {

const auto kNow = std::chrono::steady_clock::time_point::min();

struct HubTest : testing::StoreFixture {
    HubTest() { engine = store::Engine::open(config).value(); }

    void append(int events) const {
        for (int i = 0; i < events; ++i) {
            EXPECT_TRUE(testing::OneGroup(engine).commit(
                {testing::GroupItem{.events = {testing::GroupEvent{alice}}}})[0]);
        }
    }
    static std::shared_ptr<Mailbox> mailbox() {
        return std::make_shared<Mailbox>(Region::all(), SubscriptionOptions{});
    }
    static std::uint64_t count(Mailbox& mailbox) {
        std::uint64_t taken = 0;
        while (mailbox.take(kNow).item) ++taken;
        return taken;
    }
    store::ReadSide& side() const { return *engine->side(); }

    std::shared_ptr<store::Engine> engine;
};

TEST_F(HubTest, AStoreHasOne) {
    EXPECT_EQ(&Hub::of(side()), &Hub::of(side()));
    EXPECT_EQ(Hub::of(side()).listeners(), 0U);
}

TEST_F(HubTest, IsActiveOnlyWhileSomethingListens) {
    Hub& hub = Hub::of(side());
    EXPECT_EQ(side().publications().active(), nullptr);
    const auto first = mailbox();
    hub.add(first);
    EXPECT_EQ(side().publications().active(), &hub);
    hub.remove(*first);
    EXPECT_EQ(side().publications().active(), nullptr);
}

TEST_F(HubTest, EachMailboxGetsWhatIsPublishedWhileItIsThere) {
    Hub& hub = Hub::of(side());
    const auto first = mailbox();
    const auto second = mailbox();
    append(1);
    hub.add(first);
    append(2);
    hub.add(second);
    EXPECT_EQ(hub.listeners(), 2U);
    append(3);
    hub.remove(*first);
    append(4);
    EXPECT_EQ(count(*first), 5U);
    EXPECT_EQ(count(*second), 7U);
    EXPECT_TRUE(first->is_closed());
}

TEST_F(HubTest, ClosingTheStoreClosesThemAllAndEachThatComesLater) {
    Hub& hub = Hub::of(side());
    const auto before = mailbox();
    const auto after = mailbox();
    hub.add(before);
    ASSERT_TRUE(engine->close());
    hub.add(after);
    EXPECT_TRUE(before->is_closed());
    EXPECT_TRUE(after->is_closed());
}

}  // namespace
}  // namespace batpak::delivery
