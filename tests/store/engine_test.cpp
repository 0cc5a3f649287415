// Goal:   the engine leads every request through its parts and back: each way to append, to wait
//         and to close gives its answer, at every state that a store can be in.
// Method: examples on a simulated disk, through the face where the face adds nothing; a disk that
//         fails once.
#include "store/engine.hpp"

#include <gtest/gtest.h>

#include "batpak/store/store.hpp"
#include "support/store/one_group.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::store {
namespace {

using std::chrono::steady_clock;
using testing::CallKind;
using testing::code_of;
using testing::GroupEvent;
using testing::GroupItem;
using testing::OneGroup;

struct EngineTest : testing::StoreFixture {
    std::shared_ptr<Engine> open_engine() const { return Engine::open(config).value(); }
    // One event, committed by itself.
    testing::GroupAnswer append(const std::shared_ptr<Engine>& engine,
                                Durability durability = Durability::Durable) const {
        return OneGroup(engine).commit(
            {GroupItem{.events = {GroupEvent{alice}}, .durability = durability}})[0];
    }
};

TEST_F(EngineTest, OpensTheLogWhereItEnds) {
    {
        const auto engine = open_engine();
        EXPECT_EQ(engine->stats().events, 0U);
        for (int i = 0; i < 3; ++i) EXPECT_TRUE(append(engine));
        EXPECT_TRUE(engine->close());
    }
    const auto engine = open_engine();
    EXPECT_EQ(engine->stats().events, 3U);
    EXPECT_EQ(append(engine).value()[0].sequence, Sequence(3));
    EXPECT_EQ(append(engine).value()[0].version, Version(4));
}

TEST_F(EngineTest, AnInvalidConfigIsRefusedBeforeAnythingIsMade) {
    config = config.with_segment_bytes(1);
    EXPECT_EQ(code_of(Engine::open(config)), ErrorCode::InvalidConfig);
    EXPECT_TRUE(disk->file_paths().empty());
}

TEST_F(EngineTest, OneGroupIsOneWriteAndOneSync) {
    const auto engine = open_engine();
    const StoreStats before = engine->stats();
    const std::vector<GroupItem> items(5, GroupItem{.events = {GroupEvent{alice}}});
    for (const auto& answer : OneGroup(engine).commit(items)) EXPECT_TRUE(answer);
    EXPECT_EQ(engine->stats().writes, before.writes + 1);
    EXPECT_EQ(engine->stats().syncs, before.syncs + 1);
    EXPECT_EQ(engine->stats().events, 5U);
}

TEST_F(EngineTest, SyncMakesDurableWhatWasBuffered) {
    config = config.with_sync_every_n_events(100);
    const auto engine = open_engine();
    EXPECT_EQ(append(engine, Durability::Buffered).value()[0].durability, Durability::Buffered);
    EXPECT_EQ(engine->stats().durable_events, 0U);
    EXPECT_TRUE(engine->sync());
    EXPECT_EQ(engine->stats().durable_events, 1U);
    const std::uint64_t syncs = engine->stats().syncs;
    EXPECT_TRUE(engine->sync());  // nothing is left to sync
    EXPECT_EQ(engine->stats().syncs, syncs);
}

TEST_F(EngineTest, WaitDurableSyncsWhatItWaitsFor) {
    config = config.with_sync_every_n_events(100);
    const auto engine = open_engine();
    EXPECT_TRUE(append(engine, Durability::Buffered));
    EXPECT_TRUE(engine->wait_durable(Sequence(0), std::nullopt).value());
    EXPECT_EQ(engine->stats().durable_events, 1U);
    EXPECT_TRUE(engine->wait_durable(Sequence(0), steady_clock::now()).value());
    EXPECT_EQ(code_of(engine->wait_durable(Sequence(1), steady_clock::now())),
              ErrorCode::InvalidArgument);
}

TEST_F(EngineTest, AFailedSyncPoisonsAndReadsGoOn) {
    const auto engine = open_engine();
    EXPECT_TRUE(append(engine));
    disk->fail_next(CallKind::Sync, testing::Fault::io());
    EXPECT_EQ(code_of(append(engine)), ErrorCode::Poisoned);
    EXPECT_EQ(code_of(append(engine)), ErrorCode::Poisoned);
    EXPECT_EQ(code_of(engine->sync()), ErrorCode::Poisoned);
    EXPECT_TRUE(engine->stats().poisoned);
    EXPECT_EQ(engine->side()->pin().end, Sequence(1));
    EXPECT_EQ(code_of(engine->close()), ErrorCode::Poisoned);
    EXPECT_EQ(code_of(engine->sync()), ErrorCode::Closed);
}

TEST_F(EngineTest, CloseSaysWhereTheLogEndsAndNothingComesAfter) {
    const auto engine = open_engine();
    EXPECT_TRUE(append(engine));
    const Closed closed = engine->close().value();
    EXPECT_EQ(closed.end, Sequence(1));
    EXPECT_EQ(closed.log_id, engine->side()->log_id());
    EXPECT_EQ(code_of(engine->close()), ErrorCode::Closed);
    EXPECT_EQ(code_of(engine->sync()), ErrorCode::Closed);
    EXPECT_EQ(code_of(engine->wait_durable(Sequence(0), std::nullopt)), ErrorCode::Closed);
    EXPECT_EQ(engine->stats().events, 1U);  // what is in memory is still said
    EXPECT_TRUE(Engine::open(config));      // and the directory is free, while this one lives
}

TEST_F(EngineTest, LettingGoClosesOnce) {
    const auto engine = open_engine();
    engine->let_go();
    engine->let_go();
    EXPECT_EQ(code_of(engine->close()), ErrorCode::Closed);
}

TEST_F(EngineTest, AnEmptyBatchWritesNothing) {
    const auto engine = open_engine();
    EXPECT_TRUE(engine->append_batch(BatchBuilder(), {}).value().empty());
    EXPECT_EQ(engine->stats().writes, 0U);
    EXPECT_TRUE(engine->close());
    EXPECT_EQ(code_of(engine->append_batch(BatchBuilder(), {})), ErrorCode::Closed);
}

TEST_F(EngineTest, ANameHasOneHolder) {
    const auto engine = open_engine();
    EXPECT_TRUE(engine->names().hold("group"));
    EXPECT_FALSE(engine->names().hold("group"));
    EXPECT_TRUE(engine->names().hold("other"));
    engine->names().release("group");
    EXPECT_TRUE(engine->names().hold("group"));
}

}  // namespace
}  // namespace batpak::store
