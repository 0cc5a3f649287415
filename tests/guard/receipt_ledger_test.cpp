// Goal:   of all that ask with one nonce, one gets the entry, and no nonce comes twice (INV G1).
// Method: a ledger of its own: every receipt that it has room for; copies of a nonce; a fork().
#include "guard/receipt_ledger.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "support/child_process.hpp"
#include "support/file_helpers.hpp"

namespace batpak::guard {
namespace {

using testing::code_of;

struct ReceiptLedgerTest : ::testing::Test {
    std::uint64_t issue() { return ledger.issue(gates, JudgedView::nothing()); }

    ReceiptLedger ledger;
    const std::shared_ptr<const detail::GateRoll> gates = detail::empty_roll();
};

TEST_F(ReceiptLedgerTest, WhatIsIssuedIsTakenOnce) {
    const std::uint64_t nonce = issue();
    ASSERT_NE(nonce, 0U);
    ASSERT_NE(ledger.find(nonce), nullptr);
    EXPECT_EQ(ledger.find(nonce)->gates, gates);
    const auto taken = ledger.take(nonce);
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->gates, gates);
    EXPECT_EQ(code_of(ledger.take(nonce)), ErrorCode::ReceiptSpent);
    EXPECT_EQ(ledger.find(nonce), nullptr);
}

TEST_F(ReceiptLedgerTest, WhatWasNeverIssuedIsSpent) {
    for (const std::uint64_t nonce : {std::uint64_t{0}, std::uint64_t{1}, UINT64_MAX}) {
        EXPECT_EQ(code_of(ledger.take(nonce)), ErrorCode::ReceiptSpent);
        EXPECT_EQ(ledger.find(nonce), nullptr);
    }
}

TEST_F(ReceiptLedgerTest, HasRoomForSoManyAndNoMore) {
    std::set<std::uint64_t> nonces;
    for (std::uint32_t i = 0; i < kLiveReceiptsMax; ++i) nonces.insert(issue());
    EXPECT_EQ(nonces.size(), kLiveReceiptsMax);
    EXPECT_EQ(nonces.count(0), 0U);
    EXPECT_EQ(issue(), 0U);
    ASSERT_TRUE(ledger.take(*nonces.begin()));
    EXPECT_NE(issue(), 0U);
    EXPECT_EQ(issue(), 0U);
}

TEST_F(ReceiptLedgerTest, ANonceNeverComesAgain) {
    std::set<std::uint64_t> nonces;
    for (int i = 0; i < 10'000; ++i) {
        const std::uint64_t nonce = issue();
        EXPECT_TRUE(nonces.insert(nonce).second) << nonce;
        ASSERT_TRUE(ledger.take(nonce));
    }
    for (const std::uint64_t nonce : nonces) EXPECT_FALSE(ledger.take(nonce));
}

TEST_F(ReceiptLedgerTest, LetsGoOfWhatWasTaken) {
    const std::uint64_t nonce = issue();
    const long held = gates.use_count();
    {
        ASSERT_TRUE(ledger.take(nonce));
    }
    EXPECT_EQ(gates.use_count(), held - 1);
}

TEST_F(ReceiptLedgerTest, ThreadsShareTheRoom) {
    std::uint64_t theirs = 0;
    std::thread([&] { theirs = issue(); }).join();
    const std::uint64_t mine = issue();
    EXPECT_NE(mine, theirs);
    EXPECT_TRUE(ledger.take(theirs));
    EXPECT_TRUE(ledger.take(mine));
}

TEST_F(ReceiptLedgerTest, AReceiptFromBeforeAForkIsRefusedInTheChild) {
    const std::uint64_t nonce = issue();
    const int answer = testing::run_in_child([&] {
        if (code_of(ledger.take(nonce)) != ErrorCode::Forked) return 1;
        return ledger.take(issue()) ? 0 : 2;
    });
    EXPECT_EQ(answer, 0);
    EXPECT_TRUE(ledger.take(nonce));
}

}  // namespace
}  // namespace batpak::guard
