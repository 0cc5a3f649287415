// Goal:   appending and reading in the steady state ask the heap for next to nothing.
// Method: every operator new of this program counts; 10,000 events after a warm-up, with all that
//         the index grows by spread over them.
#include <gtest/gtest.h>

#include "batpak/store/store.hpp"
#include "batpak/testing/environment.hpp"
#include "support/faults/counted_allocations.hpp"
#include "support/store/store_fixture.hpp"
#include "support/temporary_directory.hpp"

namespace batpak {
namespace {

using testing::allocations;

constexpr int kEvents = 10'000;

struct Appended {
    static constexpr auto kind = EventKind::custom(1, 7);
    int x = 0;
    int y = 0;
};

TEST(Allocations, ABufferedAppendOfASmallEventAllocatesNextToNothing) {
    const testing::TemporaryDirectory directory;
    Store store =
        Store::open(StoreConfig(directory.path()).with_sync_every_n_events(1'000'000)).value();
    std::vector<Coordinate> coordinates;
    for (int i = 0; i < 10; ++i)
        coordinates.push_back(testing::coordinate_of("player:" + std::to_string(i)));
    const auto append = [&](int count) {
        for (int i = 0; i < count; ++i) {
            const auto at = static_cast<std::size_t>(i) % coordinates.size();
            if (!store.append(coordinates[at], Appended{i, -i})) return false;
        }
        return true;
    };
    ASSERT_TRUE(append(1000));
    const std::uint64_t before = allocations.load();
    ASSERT_TRUE(append(kEvents));
    const double each = static_cast<double>(allocations.load() - before) / kEvents;
    RecordProperty("allocations_per_append", std::to_string(each));
    EXPECT_LE(each, 0.01);
}

// Tags and the rest of the metadata are encoded in memory that is there already.
TEST(Allocations, ABufferedAppendWithTagsAllocatesNextToNothing) {
    const testing::TemporaryDirectory directory;
    Store store =
        Store::open(StoreConfig(directory.path()).with_sync_every_n_events(1'000'000)).value();
    std::vector<Coordinate> coordinates;
    std::vector<AppendOptions> options(10);
    for (std::size_t i = 0; i < options.size(); ++i) {
        coordinates.push_back(testing::coordinate_of("player:" + std::to_string(i)));
        options[i].tags = {"tag of player " + std::to_string(i), "a tag that all of them have"};
        ASSERT_TRUE(options[i].metadata.set("user", "somebody with a long name"));
    }
    const auto append = [&](int count) {
        for (int i = 0; i < count; ++i) {
            const auto at = static_cast<std::size_t>(i) % coordinates.size();
            if (!store.append(coordinates[at], Appended{i, -i}, options[at])) return false;
        }
        return true;
    };
    ASSERT_TRUE(append(1000));
    const std::uint64_t before = allocations.load();
    ASSERT_TRUE(append(kEvents));
    const double each = static_cast<double>(allocations.load() - before) / kEvents;
    RecordProperty("allocations_per_append_with_tags", std::to_string(each));
    EXPECT_LE(each, 0.01);
}

TEST(Allocations, ADurableAppendAllocatesNextToNothing) {
    constexpr int kDurable = 1000;
    const testing::TemporaryDirectory directory;
    Store store = Store::open(StoreConfig(directory.path())).value();
    const Coordinate coordinate = testing::coordinate_of("player:1");
    const auto append = [&](int count) {
        for (int i = 0; i < count; ++i)
            if (!store.append(coordinate, Appended{i, -i})) return false;
        return true;
    };
    ASSERT_TRUE(append(kDurable));
    const std::uint64_t before = allocations.load();
    ASSERT_TRUE(append(kDurable));
    const double each = static_cast<double>(allocations.load() - before) / kDurable;
    RecordProperty("allocations_per_durable_append", std::to_string(each));
    EXPECT_LE(each, 0.05);
}

TEST(Allocations, ReadingEventsInOrderAllocatesNothingPerEvent) {
    const testing::TemporaryDirectory directory;
    Store store =
        Store::open(StoreConfig(directory.path()).with_sync_every_n_events(1'000'000)).value();
    const Coordinate coordinate = testing::coordinate_of("player:1");
    for (int i = 0; i < kEvents; ++i) ASSERT_TRUE(store.append(coordinate, Appended{i, -i}));
    std::uint64_t read = 0;
    const std::uint64_t before = allocations.load();
    for (const auto& event : store.stream("player:1")) read += event ? 1U : 0U;
    const double each = static_cast<double>(allocations.load() - before) / kEvents;
    EXPECT_EQ(read, static_cast<std::uint64_t>(kEvents));
    RecordProperty("allocations_per_event_read", std::to_string(each));
    EXPECT_LE(each, 0.01);
}

}  // namespace
}  // namespace batpak
