#include "store/salvage/lost_places.hpp"

#include <gtest/gtest.h>

#include "base/uuid.hpp"
#include "batpak/testing/environment.hpp"

namespace batpak::store {
namespace {

LastEvent event_at(std::uint64_t milliseconds, std::uint64_t counter, const Hlc& hlc) {
    return {EventId{uuid::version_7(milliseconds, counter, 5)}, hlc};
}

bool grows(const LastEvent& one, const LastEvent& other) {
    return id_number(one.id) < id_number(other.id) && one.hlc < other.hlc;
}

// Goal: what is lost has ids and times between those of its neighbours, however close these are.
TEST(LostPlaces, LieBetweenTheNeighbours) {
    testing::SeededEntropy entropy(1);
    constexpr std::uint64_t kCount = 3;
    const LastEvent last = event_at(9, uuid::kCounterMax - 1, {70, UINT32_MAX - 1});
    const LastEvent next = event_at(10, 2, {71, 2});
    ASSERT_GE(id_number(next.id) - id_number(last.id), kCount + 1);
    ASSERT_GE(times_between(last.hlc, next.hlc), kCount);
    LostPlaces places(entropy, last, next, kCount, 1'000'000);
    LastEvent before = last;
    for (std::uint64_t i = 0; i < kCount; ++i) {
        const LastEvent lost = places.take();
        EXPECT_TRUE(grows(before, lost));
        EXPECT_TRUE(uuid::is_version_7(lost.id.bytes));
        before = lost;
    }
    EXPECT_TRUE(grows(before, next));
}

TEST(LostPlaces, EndBeforeTheFirstEventThatIsThere) {
    testing::SeededEntropy entropy(1);
    const LastEvent next = event_at(10, 2, {71, 0});
    LostPlaces places(entropy, std::nullopt, next, 5000, 1'000'000);
    LastEvent before = places.take();
    for (int i = 1; i < 5000; ++i) {
        const LastEvent lost = places.take();
        ASSERT_TRUE(grows(before, lost));
        before = lost;
    }
    EXPECT_TRUE(grows(before, next));
}

TEST(LostPlaces, BeginAtTheClockWhereNothingIsThere) {
    testing::SeededEntropy entropy(1);
    LostPlaces places(entropy, std::nullopt, std::nullopt, 1, 5'000'000);
    const LastEvent lost = places.take();
    EXPECT_EQ(lost.hlc, (Hlc{5'000'000, 1}));
    EXPECT_EQ(id_number(lost.id) >> kIdCounterBits, 5000U);
}

TEST(LostPlaces, CountTimesThatFit) {
    EXPECT_EQ(times_between({5, 1}, {5, 1}), 0U);
    EXPECT_EQ(times_between({5, 1}, {5, 2}), 0U);
    EXPECT_EQ(times_between({5, 1}, {5, 9}), 7U);
    EXPECT_EQ(times_between({5, UINT32_MAX}, {6, 0}), 0U);
    EXPECT_EQ(times_between({5, 0}, {6, 0}), UINT32_MAX);
    EXPECT_EQ(times_between({6, 0}, {5, 0}), 0U);
    EXPECT_EQ(times_between({0, 0}, {INT64_MAX, 0}), UINT64_MAX);
}

}  // namespace
}  // namespace batpak::store
