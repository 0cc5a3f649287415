// Goal:   what a group has settled is a fold of its moves, whether it is folded from the first move
//         or from a checkpoint on (INV Q4).
// Method: each move from each state; random moves, with and without a checkpoint in between.
#include "delivery/group/group_ledger.hpp"

#include <gtest/gtest.h>

#include <random>

namespace batpak::delivery {
namespace {

GroupMoved moved(GroupMove move, std::uint64_t event, std::uint32_t attempts = 0) {
    return {move, Sequence(event), attempts, move == GroupMove::Parked ? "why" : ""};
}

std::string text_of(const GroupLedger& ledger) {
    std::string text = "low " + to_string(ledger.low()) + " settled";
    for (const Sequence event : ledger.settled()) text += ' ' + to_string(event);
    text += " open";
    for (const auto& [event, attempts] : ledger.open())
        text += ' ' + to_string(event) + ':' + std::to_string(attempts);
    text += " parked";
    for (const auto& [event, parked] : ledger.parked())
        text += ' ' + to_string(event) + ':' + std::to_string(parked.attempts) + parked.reason;
    return text;
}

TEST(GroupLedger, AnEventIsWhatTheLastMoveSays) {
    for (const GroupMove before :
         {GroupMove::Acknowledged, GroupMove::Retried, GroupMove::Parked, GroupMove::Replayed}) {
        GroupLedger ledger;
        ledger.apply(moved(before, 7, 1));
        ledger.apply(moved(GroupMove::Retried, 7, 2));
        EXPECT_EQ(text_of(ledger), "low 0 settled open 7:2 parked");
        EXPECT_FALSE(ledger.is_settled(Sequence(7)));
        EXPECT_EQ(ledger.attempts(Sequence(7)), 2U);
        ledger.apply(moved(GroupMove::Parked, 7, 3));
        EXPECT_EQ(text_of(ledger), "low 0 settled 7 open parked 7:3why");
        ledger.apply(moved(GroupMove::Acknowledged, 7));
        EXPECT_EQ(text_of(ledger), "low 0 settled 7 open parked");
        EXPECT_TRUE(ledger.is_settled(Sequence(7)));
        EXPECT_EQ(ledger.attempts(Sequence(7)), 0U);
    }
}

TEST(GroupLedger, BeforeLowAllIsSettledButWhatIsOpen) {
    GroupLedger ledger;
    ledger.apply(moved(GroupMove::Acknowledged, 2));
    ledger.apply(moved(GroupMove::Acknowledged, 6));
    ledger.advance(Sequence(5));
    EXPECT_EQ(text_of(ledger), "low 5 settled 6 open parked");
    EXPECT_TRUE(ledger.is_settled(Sequence(0)));
    EXPECT_FALSE(ledger.is_settled(Sequence(5)));
    EXPECT_TRUE(ledger.is_settled(Sequence(6)));
    ledger.apply(moved(GroupMove::Replayed, 2));
    EXPECT_FALSE(ledger.is_settled(Sequence(2)));
    ledger.apply(moved(GroupMove::Acknowledged, 2));
    EXPECT_TRUE(ledger.is_settled(Sequence(2)));
    EXPECT_EQ(text_of(ledger), "low 5 settled 6 open parked");
}

TEST(GroupLedger, ACheckpointIsAllOfIt) {
    std::mt19937 random(5);
    GroupLedger whole;
    GroupLedger cut;
    for (int step = 0; step < 2000; ++step) {
        const auto move = static_cast<GroupMove>(random() % 4);
        const GroupMoved next = moved(move, whole.low().value + random() % 20,
                                      static_cast<std::uint32_t>(random() % 3));
        whole.apply(next);
        cut.apply(next);
        if (step % 10 == 0) {
            whole.advance(whole.low().next());
            cut.advance(cut.low().next());
        }
        if (step % 7 == 0) cut = GroupLedger(cut.checkpoint());
        ASSERT_EQ(text_of(cut), text_of(whole)) << step;
    }
}

}  // namespace
}  // namespace batpak::delivery
