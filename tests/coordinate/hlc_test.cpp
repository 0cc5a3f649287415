#include "batpak/coordinate/hlc.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "support/faults/throwing_assert.hpp"

namespace batpak {
namespace {

constexpr std::int64_t kTimeBorders[] = {INT64_MIN, INT64_MIN + 1, -1,       0, 1,
                                         1000,      INT64_MAX - 1, INT64_MAX};
constexpr std::uint32_t kCounterBorders[] = {0, 1, UINT32_MAX - 1, UINT32_MAX};

static_assert(Hlc{5, 3}.after(6) == Hlc{6, 0}, "a later wall clock is taken over");
static_assert(Hlc{5, 3}.after(5) == Hlc{5, 4}, "a wall clock that stands still is counted");
static_assert(Hlc{5, 3}.after(-9) == Hlc{5, 4}, "a wall clock that went back is not followed");
static_assert(Hlc{5, UINT32_MAX}.after(0) == Hlc{6, 0}, "a full counter goes over to the time");

TEST(Hlc, OrdersByTimeThenCounter) {
    EXPECT_LT((Hlc{-1, UINT32_MAX}), (Hlc{0, 0}));
    EXPECT_LT((Hlc{0, 0}), (Hlc{0, 1}));
    EXPECT_EQ((Hlc{}), (Hlc{0, 0}));
}

TEST(Hlc, GrowsByTheSmallestLegalStepAtEveryBorder) {
    for (const std::int64_t us : kTimeBorders) {
        for (const std::uint32_t counter : kCounterBorders) {
            const Hlc before{us, counter};
            if (before == Hlc::last()) continue;
            for (const std::int64_t wall_us : kTimeBorders) {
                const Hlc after = before.after(wall_us);
                EXPECT_GT(after, before) << us << ' ' << counter << ' ' << wall_us;
                EXPECT_GE(after.us, wall_us) << us << ' ' << counter << ' ' << wall_us;
                // Nothing smaller would do: it is the wall clock itself or the next value.
                const Hlc next = counter == UINT32_MAX ? Hlc{us + 1, 0} : Hlc{us, counter + 1};
                EXPECT_EQ(after, (wall_us > us ? Hlc{wall_us, 0} : next));
            }
        }
    }
}

TEST(Hlc, HasNoValueAfterTheLast) {
    const testing::ThrowingAssert assertions_throw;
    for (const std::int64_t wall_us : kTimeBorders) {
        EXPECT_THROW((void)Hlc::last().after(wall_us), testing::AssertFailed) << wall_us;
    }
}

RC_GTEST_PROP(Hlc, NeverGoesBackUnderAnyClock, (const std::vector<std::int64_t>& clock)) {
    // Small steps and repeats beside rapidcheck's wide ones, from a counter that is nearly full.
    Hlc now{*rc::gen::arbitrary<std::int64_t>(), UINT32_MAX - *rc::gen::inRange(0U, 3U)};
    for (const std::int64_t wall_us : clock) {
        for (const std::int64_t reading : {wall_us, wall_us / 2, now.us, std::int64_t{INT64_MIN}}) {
            if (now.us > INT64_MAX - 2) return;
            const Hlc next = now.after(reading);
            RC_ASSERT(next > now);
            RC_ASSERT(next.us >= reading);
            now = next;
        }
    }
}

}  // namespace
}  // namespace batpak
