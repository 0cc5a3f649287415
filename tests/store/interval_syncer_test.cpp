// Goal:   what is buffered is durable after an interval without a call, and a syncer that cannot go
//         on says why.
// Method: the shortest interval, on a simulated disk that works and fails.
#include "batpak/store/interval_syncer.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "support/store/store_fixture.hpp"

namespace batpak {
namespace {

using std::chrono::milliseconds;
using testing::CallKind;

struct IntervalSyncerTest : testing::StoreFixture {
    IntervalSyncerTest() { config = config.with_sync_every_n_events(1000); }

    void append_buffered(Store& store) const {
        AppendOptions buffered;
        buffered.durability = Durability::Buffered;
        EXPECT_TRUE(store.append_raw(alice, kind, payload, buffered));
    }
    static void await_error(const IntervalSyncer& syncer) {
        while (!syncer.error()) std::this_thread::yield();
    }
};

TEST_F(IntervalSyncerTest, MakesDurableWhatWasBuffered) {
    auto store = open();
    const IntervalSyncer syncer(store, milliseconds(1));
    for (std::uint64_t events = 1; events <= 3; ++events) {
        append_buffered(store);
        while (store.durable_end() < Sequence(events)) std::this_thread::yield();
    }
    EXPECT_FALSE(syncer.error());
}

TEST_F(IntervalSyncerTest, DoesNotSyncWhatIsDurable) {
    auto store = open();
    append_buffered(store);
    ASSERT_TRUE(store.sync());
    const std::uint64_t syncs = store.stats().syncs;
    std::atomic<int> looks{0};
    {
        const IntervalSyncer syncer(store, milliseconds(0));
        while (looks.fetch_add(1) < 1000) std::this_thread::yield();
    }
    EXPECT_EQ(store.stats().syncs, syncs);
}

TEST_F(IntervalSyncerTest, EndsAtOnceThoughTheIntervalIsLong) {
    auto store = open();
    const IntervalSyncer syncer(store, std::chrono::hours(24 * 365));
    EXPECT_FALSE(syncer.error());
}

TEST_F(IntervalSyncerTest, AFailedSyncEndsItWithItsReason) {
    auto store = open();
    append_buffered(store);
    disk->fail_next(CallKind::Sync, testing::Fault::io());
    const IntervalSyncer syncer(store, milliseconds(1));
    await_error(syncer);
    EXPECT_EQ(syncer.error()->code(), ErrorCode::Poisoned);
}

}  // namespace
}  // namespace batpak
