// Goal:   a receipt is good once, for what was judged, and nothing that C++ allows makes a second
//         one of it (INV G1, G2).
// Method: receipts are redeemed, moved, dropped, copied with memcpy, and robbed through explicit
//         instantiations: every bit of every field is flipped, fields are swapped between receipts.
#include "batpak/guard/receipt.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <optional>

#include "support/faults/thief.hpp"
#include "support/faults/transfers.hpp"
#include "support/file_helpers.hpp"

namespace batpak::testing {
namespace {

const JudgedView kNothing = JudgedView::nothing();

JudgedView view_at(std::uint64_t end) {
    return JudgedView::create(LogId{{std::byte{1}}}, Sequence(end), Region::entity("a"));
}

template <class R>
ErrorCode redeem(R&& receipt) {
    Buffer encoded;
    return code_of(std::forward<R>(receipt).redeem(encoded));
}

TEST(Receipt, IsRedeemedForThePayloadItsFormAndWhatIsKnownOfIt) {
    Receipt<Transfer> receipt = receipt_for({50, 7}, view_at(9));
    EXPECT_EQ(receipt.view().end(), Sequence(9));
    Buffer encoded;
    encoded.push_back(std::byte{0x55});  // what stands there already is no part of it
    const auto redeemed = std::move(receipt).redeem(encoded);
    ASSERT_TRUE(redeemed);
    EXPECT_EQ(redeemed->payload, (Transfer{50, 7}));
    EXPECT_EQ(PayloadCodec<Transfer>::decode(encoded.view().subspan(1)), (Transfer{50, 7}));
    EXPECT_EQ(redeemed->approval.evidence.gate_set, bank_gates().id());
    EXPECT_EQ(redeemed->approval.evidence.passed.size(), 3U);
    EXPECT_EQ(redeemed->approval.evidence.judged_end, Sequence(9));
    EXPECT_EQ(redeemed->approval.view.digest(), view_at(9).digest());
}

TEST(Receipt, IsSpentOnceItWasRedeemedOrMovedFrom) {
    Receipt<Transfer> first = receipt_for({1, 1}, kNothing);
    EXPECT_EQ(redeem(std::move(first)), ErrorCode{});
    EXPECT_FALSE(first.is_live());
    EXPECT_TRUE(first.gates().empty());
    EXPECT_TRUE(first.view().is_nothing());
    EXPECT_EQ(redeem(std::move(first)), ErrorCode::ReceiptSpent);

    Receipt<Transfer> moved = receipt_for({1, 1}, kNothing);
    Receipt<Transfer> heir = std::move(moved);
    EXPECT_EQ(redeem(std::move(moved)), ErrorCode::ReceiptSpent);
    heir = std::move(*&heir);
    first = std::move(heir);
    EXPECT_EQ(redeem(std::move(heir)), ErrorCode::ReceiptSpent);
    EXPECT_EQ(redeem(std::move(first)), ErrorCode{});
}

TEST(Receipt, OfWhichThereAreCopiesIsRedeemedOnce) {
    Receipt<Transfer> original = receipt_for({1, 1}, kNothing);
    MemcpyCopy a(original);
    MemcpyCopy b(original);
    EXPECT_EQ(redeem(std::move(*a)), ErrorCode{});
    EXPECT_EQ(redeem(std::move(original)), ErrorCode::ReceiptSpent);
    EXPECT_EQ(redeem(std::move(*b)), ErrorCode::ReceiptSpent);
}

TEST(Receipt, IsSpentWhenItIsDropped) {
    std::optional<Receipt<Transfer>> original = receipt_for({1, 1}, kNothing);
    MemcpyCopy copy(*original);
    original.reset();
    EXPECT_EQ(redeem(std::move(*copy)), ErrorCode::ReceiptSpent);
}

// Whatever is written over `bytes` of a copy, the copy is refused, and the original goes on.
template <class Tag>
void flip_every_bit(Tag tag, ErrorCode expected) {
    Receipt<Transfer> original = receipt_for({50, 7}, view_at(9));
    MemcpyCopy probe(original);
    const std::size_t size = sizeof(steal(tag, steal(StolenClaim{}, *probe)));
    for (std::size_t bit = 0; bit < 8 * size; ++bit) {
        MemcpyCopy copy(original);
        auto& field = steal(tag, steal(StolenClaim{}, *copy));
        auto* const bytes = reinterpret_cast<std::byte*>(&field);
        bytes[bit / 8] ^= std::byte{1} << (bit % 8);
        ASSERT_EQ(redeem(std::move(*copy)), expected) << bit;
    }
    EXPECT_EQ(redeem(std::move(original)), ErrorCode{});
}

TEST(Receipt, IsForgedIfAnyBitOfItIsChanged) {
    flip_every_bit(StolenSet{}, ErrorCode::ReceiptForged);
    flip_every_bit(StolenProposal{}, ErrorCode::ReceiptForged);
    flip_every_bit(StolenView{}, ErrorCode::ReceiptForged);
    flip_every_bit(StolenMac{}, ErrorCode::ReceiptForged);
    flip_every_bit(StolenNonce{}, ErrorCode::ReceiptForged);
}

TEST(Receipt, OfAnotherPayloadIsAMismatchAndIsSpent) {
    for (std::size_t bit = 0; bit < 8 * sizeof(Transfer); ++bit) {
        Receipt<Transfer> receipt = receipt_for({50, 7}, kNothing);
        MemcpyCopy honest(receipt);
        auto* const bytes = reinterpret_cast<std::byte*>(&steal(StolenPayload{}, receipt));
        bytes[bit / 8] ^= std::byte{1} << (bit % 8);
        ASSERT_EQ(redeem(std::move(receipt)), ErrorCode::ReceiptMismatch) << bit;
        ASSERT_EQ(redeem(std::move(*honest)), ErrorCode::ReceiptSpent);
    }
}

// The fields are the same; the kind that they are stored under is not.
TEST(Receipt, OfAnotherTypeWithEqualFieldsIsAMismatch) {
    Receipt<Transfer> receipt = receipt_for({50, 7}, kNothing);
    static_assert(sizeof(Receipt<Transfer>) == sizeof(Receipt<Refund>));
    auto& disguised = *reinterpret_cast<Receipt<Refund>*>(&receipt);
    Buffer encoded;
    const auto redeemed = std::move(disguised).redeem(encoded);
    EXPECT_EQ(code_of(redeemed), ErrorCode::ReceiptMismatch);
}

TEST(Receipt, CannotLendItsClaimToAnotherPayload) {
    Receipt<Transfer> small = receipt_for({1, 1}, kNothing);
    Receipt<Transfer> other = receipt_for({2, 2}, kNothing);
    steal(StolenClaim{}, other) = std::move(steal(StolenClaim{}, small));
    EXPECT_EQ(redeem(std::move(other)), ErrorCode::ReceiptMismatch);
    EXPECT_EQ(redeem(std::move(small)), ErrorCode::ReceiptSpent);
}

TEST(Receipt, ThatIsForgedDoesNotEndAnotherWhenItIsDropped) {
    Receipt<Transfer> victim = receipt_for({1, 1}, kNothing);
    std::optional<MemcpyCopy> honest;
    {
        Receipt<Transfer> forged = receipt_for({2, 2}, kNothing);
        honest.emplace(forged);
        steal(StolenNonce{}, steal(StolenClaim{}, forged)) =
            steal(StolenNonce{}, steal(StolenClaim{}, victim));
    }
    EXPECT_EQ(redeem(std::move(victim)), ErrorCode{});
    EXPECT_EQ(redeem(std::move(**honest)), ErrorCode{});
}

TEST(Receipt, ThatWasMadeBeforeAForkIsOfTheParentAlone) {
    Receipt<Transfer> receipt = receipt_for({1, 1}, kNothing);
    const pid_t child = ::fork();
    if (child == 0) {
        const ErrorCode code = redeem(std::move(receipt));
        ::_exit(code == ErrorCode::Forked ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(redeem(std::move(receipt)), ErrorCode{});
}

TEST(Receipt, LivesInATableThatIsBoundedAndGivesRoomBack) {
    const auto gates = bank_gates();
    std::vector<Receipt<Transfer>> live;
    for (std::uint32_t i = 0; i < kLiveReceiptsMax; ++i) {
        auto decision = gates.evaluate({1, 1}, Bank{}, kNothing);
        ASSERT_TRUE(decision) << i;
        live.push_back(*std::move(decision));
    }
    const auto denied = gates.evaluate({1, 1}, Bank{}, kNothing);
    ASSERT_FALSE(denied);
    EXPECT_EQ(denied.error().code, Denial::kTooManyReceipts);
    EXPECT_EQ(denied.error().gate, Denial::kSetItself);
    EXPECT_EQ(redeem(std::move(live.back())), ErrorCode{});
    EXPECT_TRUE(gates.evaluate({1, 1}, Bank{}, kNothing));
    live.pop_back();
    live.clear();
    for (std::uint32_t i = 0; i < 2 * kLiveReceiptsMax; ++i)
        ASSERT_TRUE(gates.evaluate({1, 1}, Bank{}, kNothing));
}

}  // namespace
}  // namespace batpak::testing
