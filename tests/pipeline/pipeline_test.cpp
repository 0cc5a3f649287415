#include "batpak/pipeline/pipeline.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/faults/transfers.hpp"
#include "support/file_helpers.hpp"

namespace batpak::testing {
namespace {

struct Count {
    int calls = 0;

    auto committer() {
        return
            [this](Transfer&& transfer, const Approval& approval) -> Result<Committed<Transfer>> {
                ++calls;
                last = approval;
                if (transfer.amount == 13) return fail(ErrorCode::Io, "no luck");
                return Committed<Transfer>{transfer, {}, Sequence(7), Version(3), {}, {}};
            };
    }
    Approval last;
};

BypassReason reason() { return BypassReason::create("court-order", "File 12.").value(); }

TEST(Proposal, IsMappedAndLookedAtAndNoMore) {
    const Proposal<std::string> text =
        Proposal(41).map([](int number) { return std::to_string(number + 1); });
    EXPECT_EQ(text.payload(), "42");
}

TEST(Pipeline, CommitsWhatPassedWithACommitterOfAnyKind) {
    const Pipeline pipeline(bank_gates());
    Count count;
    auto decision = pipeline.evaluate(Bank{}, Proposal(Transfer{50, 7}));
    ASSERT_TRUE(decision);
    const auto committed = pipeline.commit(*std::move(decision), count.committer());
    ASSERT_TRUE(committed);
    EXPECT_EQ(committed->payload, (Transfer{50, 7}));
    EXPECT_EQ(committed->sequence, Sequence(7));
    EXPECT_EQ(committed->version, Version(3));
    EXPECT_EQ(count.calls, 1);
    EXPECT_EQ(count.last.evidence.passed.size(), 3U);
    EXPECT_EQ(count.last.evidence.judged_end, std::nullopt);
}

TEST(Pipeline, GivesTheCommitterTheJudgedView) {
    const Pipeline pipeline(bank_gates());
    Count count;
    const auto view = JudgedView::create(LogId{}, Sequence(5), Region::entity("a"));
    auto decision = pipeline.evaluate(Bank{}, Proposal(Transfer{50, 7}), view);
    ASSERT_TRUE(pipeline.commit(*std::move(decision), count.committer()));
    EXPECT_EQ(count.last.view.digest(), view.digest());
}

TEST(Pipeline, AnswersWithTheDenialOrAllOfThem) {
    const Pipeline pipeline(bank_gates());
    const Proposal proposal(Transfer{5000, 7});
    EXPECT_EQ(pipeline.evaluate(Bank{}, proposal).error().gate, "amount-limit");
    const auto denials = pipeline.evaluate_all(Bank{.open = false, .balance = 100}, proposal);
    ASSERT_EQ(denials.size(), 3U);
    EXPECT_EQ(denials[2].gate, "covered");
}

TEST(Pipeline, TakesReceiptsOfItsOwnGatesOnly) {
    GateSet<Transfer, Bank> lax;
    const Pipeline pipeline(bank_gates());
    Count count;
    auto decision = lax.evaluate({50, 7}, Bank{}, JudgedView::nothing());
    const auto refused = pipeline.commit(*std::move(decision), count.committer());
    EXPECT_EQ(code_of(refused), ErrorCode::ReceiptForeign);
    EXPECT_EQ(count.calls, 0);
}

TEST(Pipeline, SpendsTheReceiptWhateverTheCommitterSays) {
    const Pipeline pipeline(bank_gates());
    Count count;
    auto decision = pipeline.evaluate(Bank{}, Proposal(Transfer{13, 7}));
    EXPECT_EQ(code_of(pipeline.commit(std::move(*decision), count.committer())), ErrorCode::Io);
    EXPECT_EQ(code_of(pipeline.commit(std::move(*decision), count.committer())),
              ErrorCode::ReceiptSpent);
    EXPECT_EQ(count.calls, 1);
}

TEST(Pipeline, BypassesForAReasonWithoutAskingAnyGate) {
    using Bypassing = Pipeline<Transfer, Bank>;
    auto bypass = Bypassing::bypass(Proposal(Transfer{5000, 7}), reason());
    EXPECT_EQ(bypass.payload(), (Transfer{5000, 7}));
    EXPECT_EQ(bypass.reason(), reason());
    Count count;
    ASSERT_TRUE(Bypassing::commit_bypass(std::move(bypass), count.committer()));
    EXPECT_EQ(count.last.evidence.bypass, reason());
    EXPECT_FALSE(bypass.is_live());
    EXPECT_EQ(code_of(Bypassing::commit_bypass(std::move(bypass), count.committer())),
              ErrorCode::ReceiptSpent);
    EXPECT_EQ(count.calls, 1);

    auto moved = Bypassing::bypass(Proposal(Transfer{1, 7}), reason());
    auto heir = Bypassing::bypass(Proposal(Transfer{2, 7}), reason());
    heir = std::move(moved);
    EXPECT_FALSE(moved.is_live());
    EXPECT_EQ(heir.payload(), (Transfer{1, 7}));
}

}  // namespace
}  // namespace batpak::testing
