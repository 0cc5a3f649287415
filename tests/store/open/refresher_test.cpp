// Goal:   a reader beside a writer shows a prefix of one log, and says when what it showed is gone
//         (INV I6, I7).
// Method: the three answers of a refresh: the log goes on, it is corrected, it is rolled back; each
//         on a simulated disk whose files are those of another moment.
#include "store/open/refresher.hpp"

#include <gtest/gtest.h>

#include "batpak/store/store.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::store {
namespace {

using testing::code_of;

struct RefresherTest : testing::StoreFixture {
    void append(Store& store, int count, Durability durability = Durability::Durable) const {
        AppendOptions options;
        options.durability = durability;
        for (int i = 0; i < count; ++i)
            EXPECT_TRUE(store.append_raw(alice, kind, payload, options));
    }
    // Makes the disk what `other` is.
    void become(const testing::SimulatedFileSystem& other) const {
        for (const std::string& path : disk->file_paths()) {
            if (!other.contents(path)) testing::must(disk->erase(path));
        }
        for (const std::string& path : other.file_paths())
            testing::must(disk->put(path, other.contents(path).value()));
    }
    std::unique_ptr<Refresher> follow() const { return Refresher::open(config).value(); }
};

TEST_F(RefresherTest, IsRefusedWhereThereIsNoStore) {
    EXPECT_EQ(code_of(Refresher::open(config)), ErrorCode::NotAStore);
}

TEST_F(RefresherTest, GoesOnWithTheLogThroughRotations) {
    config = config.with_segment_bytes(4096);
    auto store = open();
    const auto refresher = follow();
    for (std::uint64_t events = 0; events < 120; events += 10) {
        EXPECT_EQ(refresher->refresh().value(), Sequence(events));
        EXPECT_EQ(refresher->side()->pin().end, Sequence(events));
        EXPECT_FALSE(refresher->corrected_from());
        append(store, 10);
    }
    EXPECT_GT(store.stats().segments, 2U);
}

TEST_F(RefresherTest, ARefreshWithoutNewsChangesNothing) {
    auto store = open();
    append(store, 3);
    const auto refresher = follow();
    EXPECT_EQ(refresher->refresh().value(), Sequence(3));
    EXPECT_EQ(refresher->refresh().value(), Sequence(3));
    EXPECT_FALSE(refresher->corrected_from());
}

TEST_F(RefresherTest, KnowsAsDurableOnlyWhatTheFramesTestify) {
    auto store = open();
    append(store, 3);
    const auto refresher = follow();
    EXPECT_EQ(refresher->side()->ends().visible(), Sequence(3));
    EXPECT_EQ(refresher->side()->ends().durable(), Sequence(2));  // the last has no witness yet
    ASSERT_TRUE(std::move(store).close());
    ASSERT_TRUE(refresher->refresh());
    EXPECT_EQ(refresher->side()->ends().durable(), Sequence(3));
}

// What was shown and not known durable may be taken back; what took its place is shown.
TEST_F(RefresherTest, ACorrectionSaysFromWhere) {
    config = config.with_sync_every_n_events(1000);
    auto store = open();  // not closed: a close would make all of it durable
    append(store, 2);
    const std::shared_ptr<testing::SimulatedFileSystem> before = disk->after_process_kill();
    append(store, 3, Durability::Buffered);
    const auto refresher = follow();
    EXPECT_EQ(refresher->side()->ends().visible(), Sequence(5));
    become(*before);
    EXPECT_EQ(refresher->refresh().value(), Sequence(2));
    EXPECT_EQ(refresher->corrected_from(), Sequence(2));
    EXPECT_EQ(refresher->side()->corrections().count(), 1U);
    EXPECT_EQ(refresher->refresh().value(), Sequence(2));
    EXPECT_FALSE(refresher->corrected_from());
}

TEST_F(RefresherTest, WhatWasDurableAndIsGoneIsRolledBackAndStaysShown) {
    auto store = open();
    append(store, 2);
    const std::shared_ptr<testing::SimulatedFileSystem> before = disk->after_process_kill();
    append(store, 3);
    const auto refresher = follow();
    become(*before);
    const auto refreshed = refresher->refresh();
    EXPECT_EQ(code_of(refreshed), ErrorCode::RolledBack);
    EXPECT_EQ(refreshed.error().sequence(), Sequence(2));
    EXPECT_EQ(refresher->side()->pin().end, Sequence(5));
}

TEST_F(RefresherTest, AnotherStoreInItsPlaceIsRolledBack) {
    {
        auto store = open();
        append(store, 2);
    }
    const auto refresher = follow();
    const auto other_disk =
        std::make_shared<testing::SimulatedFileSystem>(2, testing::SimulatedDisk{});
    {
        const auto other = Store::open(config.with_environment(
            {other_disk, clock, std::make_shared<testing::SeededEntropy>(2)}));
        ASSERT_TRUE(other);
    }
    become(*other_disk);
    EXPECT_EQ(code_of(refresher->refresh()), ErrorCode::RolledBack);
}

}  // namespace
}  // namespace batpak::store
