#include "batpak/store/ticket.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "support/store/store_fixture.hpp"

namespace batpak {
namespace {

using testing::code_of;
using namespace std::chrono_literals;

struct TicketTest : testing::StoreFixture {
    Ticket submit(Store& store) { return store.submit_raw(alice, kind, payload, {}).value(); }
    static std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }
};

TEST_F(TicketTest, NothingHappensUntilSomebodyWaits) {
    Store store = open();
    Ticket ticket = submit(store);
    EXPECT_FALSE(ticket.ready());
    EXPECT_EQ(store.visible_end(), Sequence(0));
    const auto receipt = ticket.wait();
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->sequence, Sequence(0));
    EXPECT_EQ(receipt->durability, Durability::Durable);
    EXPECT_TRUE(ticket.ready());
    EXPECT_EQ(ticket.wait()->event_id, receipt->event_id);
}

TEST_F(TicketTest, ThirtyTwoDurableTicketsShareOneWriteAndOneSync) {
    Store store = open();
    std::vector<Ticket> tickets;
    for (int i = 0; i < 32; ++i) tickets.push_back(submit(store));
    for (std::size_t i = tickets.size(); i-- > 0;) {
        const auto receipt = tickets[i].wait();
        ASSERT_TRUE(receipt);
        EXPECT_EQ(receipt->sequence, Sequence(i));
        EXPECT_EQ(receipt->version, Version(i));
    }
    EXPECT_EQ(store.stats().syncs, 1U);
    EXPECT_EQ(store.stats().writes, 1U);
}

// The leader makes the hashes of all that waits; whoever leads, and whatever waits beside them.
TEST_F(TicketTest, WhatIsCommittedTogetherHasTheHashesOfItsContents) {
    Store store = open();
    for (const int count : {1, 2, 15, 16, 17, 40}) {
        std::vector<Bytes> payloads;
        std::vector<Ticket> tickets;
        for (int i = 0; i < count; ++i) {
            payloads.emplace_back(static_cast<std::size_t>(i) * 31, static_cast<std::byte>(i));
            tickets.push_back(
                store.submit_raw(i % 3 == 0 ? bob : alice, kind, payloads.back(), {}).value());
        }
        ASSERT_TRUE(store.append_raw(alice, kind, payload));
    }
    const VerifyReport report = store.verify().value();
    EXPECT_TRUE(report.hashes_checked);
    EXPECT_FALSE(report.damage) << report.damage->to_string();
    EXPECT_EQ(report.events, 91U + 6U);
}

TEST_F(TicketTest, AppendsSyncAndClosingCommitWhatWasSubmitted) {
    Store store = open();
    Ticket first = submit(store);
    ASSERT_EQ(store.append_raw(bob, kind, payload)->sequence, Sequence(1));
    EXPECT_TRUE(first.ready());
    Ticket second = submit(store);
    ASSERT_TRUE(store.sync());
    EXPECT_TRUE(second.ready());
    Ticket third = submit(store);
    EXPECT_EQ(std::move(store).close()->end, Sequence(4));
    EXPECT_TRUE(third.ready());
    EXPECT_EQ(third.wait()->sequence, Sequence(3));
}

TEST_F(TicketTest, ADroppedTicketCommits) {
    Store store = open();
    {
        const Ticket ticket = submit(store);
    }
    EXPECT_EQ(store.visible_end(), Sequence(1));
    Ticket kept = submit(store);
    kept = submit(store);  // waits for the one it replaces
    EXPECT_GE(store.visible_end(), Sequence(2));
    const Ticket moved = std::move(kept);
    EXPECT_EQ(store.stats().events, store.visible_end().value);
}

TEST_F(TicketTest, WaitUntilCommitsEvenIfTheDeadlinePassedWhereNobodyElseDoes) {
    Store store = open();
    Ticket ticket = submit(store);
    const auto receipt = ticket.wait_until(now() - 1s);
    ASSERT_TRUE(receipt.has_value());
    EXPECT_TRUE(*receipt);
}

TEST_F(TicketTest, WaitUntilGivesUpBesideASlowCommit) {
    Store store = open();
    testing::HeldCall sync(*disk, testing::CallKind::Sync);
    std::thread appending([&] { EXPECT_TRUE(store.append_raw(bob, kind, payload)); });
    sync.await();
    Ticket ticket = submit(store);
    EXPECT_EQ(ticket.wait_until(now() + 5ms), std::nullopt);
    EXPECT_FALSE(ticket.ready());
    sync.open();
    appending.join();
    EXPECT_EQ(ticket.wait()->sequence, Sequence(1));
}

TEST_F(TicketTest, AFullQueueMakesTheNextOneCommit) {
    config = config.with_queue_events_max(4);
    Store store = open();
    std::vector<Ticket> tickets;
    for (int i = 0; i < 4; ++i) tickets.push_back(submit(store));
    EXPECT_EQ(store.visible_end(), Sequence(0));
    tickets.push_back(submit(store));
    EXPECT_EQ(store.visible_end(), Sequence(5));
    for (const Ticket& ticket : tickets) EXPECT_TRUE(ticket.ready());
}

TEST_F(TicketTest, ErrorsAreAnsweredOneByOne) {
    Store store = open();
    AppendOptions first;
    first.expect = ExpectedVersion::none();
    Ticket wins = store.submit_raw(alice, kind, payload, first).value();
    Ticket loses = store.submit_raw(alice, kind, payload, first).value();
    Ticket other = store.submit_raw(bob, kind, payload, first).value();
    EXPECT_EQ(code_of(loses.wait()), ErrorCode::VersionConflict);
    EXPECT_EQ(code_of(loses.wait()), ErrorCode::VersionConflict);
    EXPECT_EQ(wins.wait()->sequence, Sequence(0));
    EXPECT_EQ(other.wait()->sequence, Sequence(1));
}

TEST_F(TicketTest, OutlivesItsStore) {
    std::optional<Ticket> ticket;
    {
        Store store = open();
        ticket.emplace(submit(store));
    }
    EXPECT_TRUE(ticket->ready());
    EXPECT_EQ(ticket->wait()->sequence, Sequence(0));
    Store next = open();  // the directory is free although the ticket lives
    EXPECT_EQ(next.visible_end(), Sequence(1));
}

TEST_F(TicketTest, AWaitingTicketKeepsTryAppendAway) {
    Store store = open();
    const Ticket ticket = submit(store);
    EXPECT_EQ(code_of(store.try_append_raw(bob, kind, payload, {})), ErrorCode::WouldBlock);
    ASSERT_TRUE(store.sync());
    EXPECT_TRUE(store.try_append_raw(bob, kind, payload, {}));
}

}  // namespace
}  // namespace batpak
