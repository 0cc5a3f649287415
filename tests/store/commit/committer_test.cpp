// What appends promise about the disk: when they sync, what receipts say, and what is left after a
// failure.
#include <gtest/gtest.h>

#include "batpak/testing/injectors.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak {
namespace {

using testing::Call;
using testing::CallKind;
using testing::code_of;
using testing::Fault;
using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

struct CommitterTest : testing::StoreFixture {
    Durability append(Store& store, std::optional<Durability> wanted) {
        AppendOptions options;
        options.durability = wanted;
        return store.append_raw(alice, kind, payload, options)->durability;
    }
    Durability append(Store& store) { return append(store, std::nullopt); }
};

TEST_F(CommitterTest, ADurableAppendIsOneWriteAndOneSync) {
    Store store = open();
    ASSERT_TRUE(store.append_raw(alice, kind, payload));
    const StoreStats before = store.stats();
    const std::uint64_t calls = disk->calls();
    for (int i = 0; i < 50; ++i) EXPECT_EQ(append(store), Durability::Durable);
    EXPECT_EQ(store.stats().writes - before.writes, 50U);
    EXPECT_EQ(store.stats().syncs - before.syncs, 50U);
    // Two more calls look whether the file is still the store's; and the zeros ahead, once.
    EXPECT_EQ(disk->calls() - calls, 4 * 50U + 1);
    EXPECT_EQ(store.durable_end(), Sequence(51));
}

// Goal:   nothing is shown to readers before it is as durable as was asked (INV W1).
// Method: look at the visible end at every call on the disk, the sync among them.
TEST_F(CommitterTest, NothingIsVisibleBeforeItIsAsDurableAsAsked) {
    Store store = open();
    std::uint64_t committed = 0;
    std::vector<CallKind> met;
    disk->observe([&](const Call& call) {
        met.push_back(call.kind);
        EXPECT_EQ(store.visible_end(), Sequence(committed));
    });
    for (; committed < 20; ++committed) {
        met.clear();
        ASSERT_EQ(append(store), Durability::Durable);
        ASSERT_EQ(store.visible_end(), Sequence(committed + 1));
        // The first append also reserves space. What stands last looks whether the file still has
        // its name.
        ASSERT_GE(met.size(), 3U);
        EXPECT_EQ(met.at(met.size() - 3), CallKind::Write);
        EXPECT_EQ(met.at(met.size() - 2), CallKind::Sync);
        EXPECT_EQ(met.back(), CallKind::Stat);
    }
    disk->observe(nullptr);
}

TEST_F(CommitterTest, EveryNthAppendSyncsAndSaysSo) {
    for (const std::uint32_t n : {1U, 3U, 100U}) {
        SCOPED_TRACE(n);
        config = StoreConfig("every " + std::to_string(n))
                     .with_environment(config.environment())
                     .with_sync_every_n_events(n);
        Store store = open();
        for (std::uint64_t i = 1; i <= 2 * n + 1; ++i) {
            const bool nth = i % n == 0;
            ASSERT_EQ(append(store), nth ? Durability::Durable : Durability::Buffered) << i;
            ASSERT_EQ(store.visible_end(), Sequence(i));
            ASSERT_EQ(store.durable_end(), Sequence(i - i % n));
            ASSERT_EQ(store.find(Sequence(i - 1)).value()->durable, nth);
        }
        EXPECT_EQ(store.stats().syncs, n == 1 ? 3U : 2U);
        EXPECT_EQ(store.stats().durable_events, store.durable_end().value);
    }
}

TEST_F(CommitterTest, EachCallMayAskForMoreDurability) {
    config = config.with_sync_every_n_events(100);
    Store store = open();
    EXPECT_EQ(append(store, Durability::Buffered), Durability::Buffered);
    EXPECT_EQ(append(store, Durability::Durable), Durability::Durable);
    EXPECT_EQ(store.durable_end(), Sequence(2));
    EXPECT_EQ(append(store), Durability::Buffered);
    // Where every event is synced, no receipt says less.
    ASSERT_TRUE(std::move(store).close());
    config = config.with_sync_every_n_events(1);
    Store strict = open();
    EXPECT_EQ(append(strict, Durability::Buffered), Durability::Durable);
}

TEST_F(CommitterTest, AnAppendSyncsWhatIsOlderThanTheInterval) {
    config = config.with_sync_every_n_events(1000).with_sync_interval(100ms);
    Store store = open();
    EXPECT_EQ(append(store), Durability::Buffered);
    clock->advance(99ms);
    EXPECT_EQ(append(store), Durability::Buffered);
    clock->advance(1ms);
    EXPECT_EQ(append(store), Durability::Durable);
    EXPECT_EQ(append(store), Durability::Buffered);
    clock->advance(100ms);
    EXPECT_EQ(append(store), Durability::Durable);
    EXPECT_EQ(store.stats().syncs, 2U);
}

TEST_F(CommitterTest, AnIntervalThatNeverEndsAsksForNoSync) {
    config =
        config.with_sync_every_n_events(1000).with_sync_interval(std::chrono::milliseconds::max());
    Store store = open();
    clock->advance(std::chrono::hours(1));
    EXPECT_EQ(append(store), Durability::Buffered);
}

TEST_F(CommitterTest, SyncMakesEverythingDurableOnce) {
    config = config.with_sync_every_n_events(1000);
    Store store = open();
    ASSERT_TRUE(store.sync());
    EXPECT_EQ(store.stats().syncs, 0U);
    for (int i = 0; i < 5; ++i) append(store);
    EXPECT_EQ(store.durable_end(), Sequence(0));
    ASSERT_TRUE(store.sync());
    ASSERT_TRUE(store.sync());
    EXPECT_EQ(store.durable_end(), Sequence(5));
    EXPECT_EQ(store.stats().syncs, 1U);
}

TEST_F(CommitterTest, WaitDurableSyncsWhereNobodyDid) {
    config = config.with_sync_every_n_events(1000);
    Store store = open();
    append(store);
    append(store);
    EXPECT_EQ(code_of(store.wait_durable(Sequence(2), Steady::now() + 1s)),
              ErrorCode::InvalidArgument);
    EXPECT_TRUE(store.wait_durable(Sequence(0), Steady::now()).value());
    EXPECT_EQ(store.durable_end(), Sequence(2));
    EXPECT_TRUE(store.wait_durable(Sequence(1), Steady::now()).value());
    EXPECT_EQ(store.stats().syncs, 1U);
}

TEST_F(CommitterTest, WaitDurableGivesUpBesideASlowSync) {
    config = config.with_sync_every_n_events(1000);
    Store store = open();
    append(store);
    testing::HeldCall sync(*disk, CallKind::Sync);
    std::thread syncing([&] { EXPECT_TRUE(store.sync()); });
    sync.await();
    EXPECT_FALSE(store.wait_durable(Sequence(0), Steady::now() + 5ms).value());
    EXPECT_EQ(store.durable_end(), Sequence(0));
    sync.open();
    syncing.join();
    EXPECT_TRUE(store.wait_durable(Sequence(0), Steady::now()).value());
    // What was asked for and given up is still done, by whoever commits next.
    EXPECT_EQ(append(store), Durability::Durable);
    EXPECT_EQ(append(store), Durability::Buffered);
}

TEST_F(CommitterTest, WaitDurableWaitsForEverIfAskedTo) {
    config = config.with_sync_every_n_events(1000);
    Store store = open();
    append(store);
    testing::HeldCall sync(*disk, CallKind::Sync);
    std::thread syncing([&] { EXPECT_TRUE(store.sync()); });
    sync.await();
    std::atomic<bool> waiting{false};
    std::thread patient([&] {
        waiting.store(true);
        EXPECT_TRUE(store.wait_durable(Sequence(0), Steady::time_point::max()).value());
    });
    while (!waiting.load()) std::this_thread::yield();
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    EXPECT_FALSE(store.wait_durable(Sequence(0), Steady::time_point::min()).value());
    sync.open();
    syncing.join();
    patient.join();
}

TEST_F(CommitterTest, APowerCutTakesNothingThatWasCalledDurable) {
    config = config.with_sync_every_n_events(3);
    Store store = open();
    for (int i = 0; i < 8; ++i) append(store);
    const Sequence durable_end = store.durable_end();
    EXPECT_EQ(durable_end, Sequence(6));
    Environment after = config.environment();
    after.files = disk->after_power_cut({.mode = testing::CutMode::None});
    EXPECT_EQ(Store::open(config.with_environment(after))->visible_end(), durable_end);
    after.files = disk->after_process_kill();
    EXPECT_EQ(Store::open(config.with_environment(after))->visible_end(), Sequence(8));
}

TEST_F(CommitterTest, AFullDiskFailsTheAppendAndNothingElse) {
    Store store = open();
    append(store);
    disk->fail_next(CallKind::Write, Fault::short_write(20, Fault::disk_full()));
    EXPECT_EQ(code_of(store.append_raw(alice, kind, payload)), ErrorCode::DiskFull);
    EXPECT_EQ(store.visible_end(), Sequence(1));
    EXPECT_FALSE(store.stats().poisoned);
    const auto receipt = store.append_raw(alice, kind, payload);
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->sequence, Sequence(1));
    EXPECT_EQ(receipt->version, Version(1));
    EXPECT_FALSE(store.verify()->damage);
}

TEST_F(CommitterTest, AFailedSyncPoisonsTheStoreUntilItIsOpenedAnew) {
    Store store = open();
    append(store);
    disk->fail_next(CallKind::Sync, Fault::io());
    EXPECT_EQ(code_of(store.append_raw(alice, kind, payload)), ErrorCode::Poisoned);
    EXPECT_TRUE(store.stats().poisoned);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(code_of(store.append_raw(bob, kind, payload)), ErrorCode::Poisoned);
        EXPECT_EQ(code_of(store.sync()), ErrorCode::Poisoned);
    }
    // Reads go on, and see nothing that was not acknowledged.
    EXPECT_EQ(store.visible_end(), Sequence(1));
    EXPECT_EQ(store.stream("player:alice").collect()->size(), 1U);
    EXPECT_EQ(code_of(std::move(store).close()), ErrorCode::Poisoned);
    EXPECT_TRUE(Store::open(config));
}

TEST_F(CommitterTest, AFailedRotationFailsOneAppend) {
    config = config.with_segment_bytes(4096);
    Store store = open();
    std::uint64_t appended = 0;
    std::uint64_t failed = 0;
    for (int i = 0; i < 200; ++i) {
        disk->clear_faults();
        disk->fail_next(CallKind::Allocate, Fault::disk_full());
        const auto receipt = store.append_raw(alice, kind, payload);
        appended += receipt ? 1U : 0U;
        failed += receipt ? 0U : 1U;
        if (receipt) continue;
        ASSERT_EQ(code_of(receipt), ErrorCode::DiskFull);
        disk->clear_faults();
        ASSERT_TRUE(store.append_raw(alice, kind, payload));
        ++appended;
    }
    EXPECT_GE(failed, 3U);
    EXPECT_EQ(store.visible_end(), Sequence(appended));
    EXPECT_EQ(store.count(Region::entity("player:alice")).value(), appended);
    EXPECT_FALSE(store.verify()->damage);
}

TEST_F(CommitterTest, ARotationThatFailsKeepsTheLockOfItsSegment) {
    const auto injector = std::make_shared<testing::CountdownInjector>(
        testing::Countdown{.point = InjectionPoint::BeforeManifest, .arrival = 1},
        testing::fail_io());
    config = config.with_segment_bytes(4096).with_environment({disk, clock, entropy, injector});
    Store store = open();
    auto receipt = store.append_raw(alice, kind, payload);
    while (receipt) receipt = store.append_raw(alice, kind, payload);
    ASSERT_EQ(code_of(receipt), ErrorCode::Io);
    const auto segments = disk->open_directory(config.directory() + "/segments", false).value();
    EXPECT_EQ(code_of(segments->lock("000000000001.bpk")), ErrorCode::StoreLocked);
    ASSERT_TRUE(store.append_raw(alice, kind, payload));
    EXPECT_EQ(store.stats().segments, 2U);
    EXPECT_EQ(code_of(segments->lock("000000000002.bpk")), ErrorCode::StoreLocked);
    EXPECT_TRUE(segments->lock("000000000001.bpk"));
}

// Refuses every rotation, and counts them.
struct NoRotation final : FaultInjector {
    std::optional<Error> reached(InjectionPoint point) noexcept override {
        if (point != InjectionPoint::BeforeRotation || !refuses) return std::nullopt;
        ++refused;
        return Error(ErrorCode::DiskFull);
    }
    bool refuses = true;
    int refused = 0;
};

TEST_F(CommitterTest, AWaveTriesARotationOnce) {
    const auto injector = std::make_shared<NoRotation>();
    config = config.with_segment_bytes(4096).with_environment({disk, clock, entropy, injector});
    Store store = open();
    while (store.append_raw(alice, kind, payload)) {
    }
    ASSERT_EQ(injector->refused, 1);
    std::vector<Ticket> tickets;
    for (int i = 0; i < 50; ++i) {
        tickets.push_back(store.submit_raw(alice, kind, payload, {}).value());
    }
    for (Ticket& ticket : tickets) EXPECT_EQ(code_of(ticket.wait()), ErrorCode::DiskFull);
    EXPECT_EQ(injector->refused, 2);
    injector->refuses = false;
    EXPECT_TRUE(store.append_raw(alice, kind, payload));
}

TEST_F(CommitterTest, AnEventLargerThanASegmentGetsOneOfItsOwn) {
    config = config.with_segment_bytes(4096);
    Store store = open();
    const Bytes large(20'000, std::byte{7});
    for (int i = 0; i < 4; ++i) {
        ASSERT_TRUE(store.append_raw(alice, kind, payload));
        ASSERT_TRUE(store.append_raw(alice, kind, large));
    }
    EXPECT_GE(store.stats().segments, 8U);
    EXPECT_EQ(store.find(Sequence(5)).value()->payload.size(), large.size());
    EXPECT_FALSE(store.verify()->damage);
}

}  // namespace
}  // namespace batpak
