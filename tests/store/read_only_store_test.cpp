#include "batpak/store/read_only_store.hpp"

#include <gtest/gtest.h>

#include "batpak/store/store.hpp"
#include "batpak/testing/environment.hpp"

namespace batpak {
namespace {

constexpr auto kKind = EventKind::custom(0x1, 1);

// Goal:   a reader beside a writer sees whole events only, in order, and never changes anything.
// Method: append through rotations and reopens, refresh after each, and compare what is seen.
TEST(ReadOnlyStore, FollowsAWriterThroughRotationsAndReopens) {
    const StoreConfig config = StoreConfig("data")
                                   .with_environment(testing::memory_environment())
                                   .with_segment_bytes(4096);
    const auto alice = Coordinate::create("alice", "room").value();
    std::optional<Store> writer(Store::open(config).value());
    auto reader = ReadOnlyStore::open(config).value();
    EXPECT_EQ(reader.visible_end(), Sequence(0));
    for (std::uint64_t i = 0; i < 200; ++i) {
        if (i % 50 == 49) {
            ASSERT_TRUE(std::move(*writer).close());
            writer.emplace(Store::open(config).value());
        }
        const std::string payload(i % 300, 'x');
        ASSERT_TRUE(writer->append_raw(alice, kKind, as_bytes(payload)));
        const auto seen = reader.refresh();
        ASSERT_TRUE(seen) << seen.error().to_string();
        ASSERT_EQ(*seen, Sequence(i + 1));
        const auto latest = reader.latest("alice");
        ASSERT_TRUE(latest) << latest.error().to_string();
        EXPECT_EQ((*latest)->payload().size(), payload.size());
        // The last event is testified by the next frame only.
        EXPECT_GE(reader.durable_end(), Sequence(i));
    }
    EXPECT_EQ(reader.count(Region::scope("room")).value(), 200U);
    EXPECT_EQ(reader.root(Sequence(200)).value(), writer->root(Sequence(200)).value());
    const auto report = reader.verify();
    ASSERT_TRUE(report) << report.error().to_string();
    EXPECT_FALSE(report->damage) << report->damage->to_string();
}

TEST(ReadOnlyStore, IsRefusedWhereThereIsNoStore) {
    const StoreConfig config = StoreConfig("data").with_environment(testing::memory_environment());
    const auto reader = ReadOnlyStore::open(config);
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().code(), ErrorCode::NotAStore);
}

}  // namespace
}  // namespace batpak
