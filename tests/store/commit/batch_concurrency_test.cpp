// Goal:   whoever reads while batches are written sees each of them whole or not at all, at every
//         moment and by every way to read (INV W5, I1).
// Method: writers of batches of one to nine items over three streams, durable and buffered, some of
//         which fail in their last item; readers beside them. The visible end must always be the
//         border of a batch; what a query finds must be whole; counts over the streams of a batch
//         must agree.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <random>
#include <thread>

#include "batpak/store/store.hpp"
#include "batpak/testing/environment.hpp"
#include "support/store/store_fixture.hpp"
#include "support/watchdog.hpp"

namespace batpak::batch_concurrency_test {
namespace {

using testing::code_of;
using testing::coordinate_of;

constexpr std::uint64_t kWriters = 4;
constexpr std::uint64_t kBatches = 150;
const EventKind kKind = EventKind::custom(1, 7);

// Batches of the same number of items for each of three streams, but for those that must fail.
void write(Store& store, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (std::uint64_t i = 0; i < kBatches; ++i) {
        const std::size_t rows = 1 + random() % 3;
        const bool fails = random() % 5 == 0;
        BatchBuilder batch;
        for (std::size_t row = 0; row < rows; ++row) {
            for (const char* entity : {"a", "b", "c"})
                batch.add(coordinate_of(entity), kKind, Bytes(random() % 200));
        }
        if (fails) {
            batch.add(coordinate_of("never"), kKind, Bytes(1),
                      {.expect = ExpectedVersion::exists()});
        }
        BatchOptions options;
        options.durability = random() % 4 == 0 ? Durability::Durable : Durability::Buffered;
        const auto receipts = store.append_batch(std::move(batch), options);
        ASSERT_EQ(code_of(receipts), fails ? ErrorCode::VersionConflict : ErrorCode{});
        if (!receipts) continue;
        const std::uint64_t first = (*receipts)[0].sequence.value;
        for (std::size_t item = 0; item < receipts->size(); ++item)
            ASSERT_EQ((*receipts)[item].sequence.value, first + item);
    }
}

void expect_last_is_whole(const Store& store) {
    const Sequence end = store.visible_end();
    if (end == Sequence(0)) return;
    const auto last = store.find(Sequence(end.value - 1));
    ASSERT_TRUE(last);
    ASSERT_EQ((*last)->batch_index + 1, (*last)->batch_count);
}

void expect_all_whole(const Store& store) {
    std::uint32_t next = 0;
    std::uint32_t count = 0;
    for (const auto& event : store.query(Region::all())) {
        ASSERT_TRUE(event);
        ASSERT_EQ(event->batch_index, next);
        ASSERT_TRUE(next == 0 || event->batch_count == count);
        count = event->batch_count;
        next = event->batch_index + 1 == count ? 0 : event->batch_index + 1;
    }
    ASSERT_EQ(next, 0U);
}

// One moment holds as many events of each stream, also by index and from behind.
void expect_streams_agree(const Store& store) {
    const Region two = Region::entity("a") | Region::entity("c");
    std::map<std::string, std::uint64_t> counts;
    for (const auto& event : store.query(two, {.direction = Direction::Backward})) {
        ASSERT_TRUE(event);
        ++counts[std::string(event->entity)];
    }
    ASSERT_EQ(counts["a"], counts["c"]);
    const auto whole = store.count(two);
    ASSERT_TRUE(whole);
    ASSERT_EQ(*whole % 2, 0U);
}

TEST(BatchConcurrency, ReadersSeeWholeBatchesOnly) {
    const testing::Watchdog watchdog("batches beside readers", std::chrono::seconds(90));
    const StoreConfig config = StoreConfig("data")
                                   .with_environment(testing::memory_environment())
                                   .with_segment_bytes(16 << 10)
                                   .with_sync_every_n_events(40);
    Store store = Store::open(config).value();
    std::atomic<bool> stop{false};
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) {
        readers.emplace_back([&store, &stop, i] {
            for (int round = i; !stop.load(); ++round) {
                if (round % 3 == 0) expect_all_whole(store);
                if (round % 3 == 1) expect_streams_agree(store);
                expect_last_is_whole(store);
            }
        });
    }
    std::vector<std::thread> writers;
    for (std::uint64_t i = 0; i < kWriters; ++i)
        writers.emplace_back([&store, i] { write(store, i); });
    for (std::thread& writer : writers) writer.join();
    stop.store(true);
    for (std::thread& reader : readers) reader.join();
    expect_all_whole(store);
    EXPECT_EQ(*store.version("a"), *store.version("b"));
    EXPECT_EQ(*store.version("never"), std::nullopt);
}

}  // namespace
}  // namespace batpak::batch_concurrency_test
