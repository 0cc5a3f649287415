#include "batpak/coordinate/event_kind.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <bitset>
#include <vector>

#include "support/faults/throwing_assert.hpp"

namespace batpak {
namespace {

// What a filter keeps, asked of every kind there is.
using Kept = std::bitset<0x10000>;

EventKind kind_of(std::size_t number) {
    return EventKind::from_number(static_cast<std::uint16_t>(number));
}

Kept kept_by(const KindFilter& filter) {
    Kept kept;
    for (std::size_t number = 0; number < kept.size(); ++number) {
        kept[number] = filter.contains(kind_of(number));
    }
    return kept;
}

// Every kind of the categories [begin, end) but `left_out` (none: 0x10000).
std::vector<EventKind> kinds_of(std::size_t begin, std::size_t end,
                                std::size_t left_out = 0x10000) {
    std::vector<EventKind> kinds;
    for (std::size_t number = begin << 12; number < end << 12; ++number) {
        if (number != left_out) kinds.push_back(kind_of(number));
    }
    std::ranges::reverse(kinds);
    return kinds;
}

std::vector<KindFilter> small_universe() {
    const EventKind one = kind_of(0x1001), two = kind_of(0x1002), other = kind_of(0xF001);
    return {KindFilter::any(),
            KindFilter::of({}),
            KindFilter::of({one}),
            KindFilter::of({two, one}),
            KindFilter::of({other, two}),
            KindFilter::category(0x1),
            KindFilter::category(0x1) | KindFilter::of({other}),
            KindFilter::category(0xF) | KindFilter::of({one}),
            KindFilter::category(0x1) | KindFilter::category(0xF),
            KindFilter::category(0x0),
            KindFilter::of(kinds_of(0x1, 0x2, 0x1002)),
            KindFilter::of(kinds_of(0x0, 0x10, 0xF001))};
}

TEST(KindFilter, KeepsWhatItWasMadeOf) {
    EXPECT_TRUE(kept_by(KindFilter::any()).all());
    EXPECT_TRUE(kept_by(KindFilter::of({})).none());

    Kept expected;
    expected.set(0x0000).set(0x1FFF).set(0xFFFF);
    EXPECT_EQ(kept_by(KindFilter::of({kind_of(0xFFFF), kind_of(0), kind_of(0x1FFF)})), expected);
    for (std::uint8_t category = 0; category < 16; ++category) {
        const Kept kept = kept_by(KindFilter::category(category));
        EXPECT_EQ(kept.count(), 0x1000U);
        EXPECT_TRUE(kept[std::size_t{category} << 12]);
        EXPECT_TRUE(kept[(std::size_t{category} << 12) + 0xFFF]);
    }
}

TEST(KindFilter, ListsKindsOnceAndInOrder) {
    const KindFilter filter = KindFilter::of({kind_of(9), kind_of(7), kind_of(9), kind_of(8)});
    const std::vector<EventKind> expected{kind_of(7), kind_of(8), kind_of(9)};
    EXPECT_TRUE(std::ranges::equal(filter.kinds(), expected));
    EXPECT_EQ(filter.categories(), 0);
}

TEST(KindFilter, DropsAKindThatItsCategoryCovers) {
    const KindFilter filter =
        KindFilter::of({kind_of(0x1001), kind_of(0x2001)}) | KindFilter::category(0x1);
    EXPECT_TRUE(std::ranges::equal(filter.kinds(), std::vector{kind_of(0x2001)}));
    EXPECT_EQ(filter.categories(), 0b10);
}

TEST(KindFilter, TakesACompleteCategoryAsOne) {
    EXPECT_EQ(KindFilter::of(kinds_of(0x3, 0x4)), KindFilter::category(0x3));
    EXPECT_NE(KindFilter::of(kinds_of(0x3, 0x4, 0x3FFF)), KindFilter::category(0x3));
    EXPECT_EQ(KindFilter::of(kinds_of(0x0, 0x10)), KindFilter::any());
    EXPECT_FALSE(KindFilter::of(kinds_of(0x0, 0x10, 0)).is_any());
}

TEST(KindFilter, KnowsWhenItIsAnyOrEmpty) {
    for (const KindFilter& filter : small_universe()) {
        EXPECT_EQ(filter.is_any(), kept_by(filter).all()) << to_string(filter);
        EXPECT_EQ(filter.is_empty(), kept_by(filter).none()) << to_string(filter);
    }
}

TEST(KindFilter, RefusesACategoryThatIsNone) {
    const testing::ThrowingAssert assertions_throw;
    for (unsigned category = 16; category <= 0xFF; ++category) {
        EXPECT_THROW((void)KindFilter::category(static_cast<std::uint8_t>(category)),
                     testing::AssertFailed);
    }
}

// Goal:   | is union, & is intersection, covers() is the order, == is equality of what is kept.
// Method: every pair of a small universe, each filter asked about all 65,536 kinds.
TEST(KindFilter, ObeysTheLawsOfSets) {
    const std::vector<KindFilter> filters = small_universe();
    std::vector<Kept> kept;
    for (const KindFilter& filter : filters) kept.push_back(kept_by(filter));

    for (std::size_t i = 0; i < filters.size(); ++i) {
        for (std::size_t j = i; j < filters.size(); ++j) {
            SCOPED_TRACE(to_string(filters[i]).substr(0, 40) + to_string(filters[j]).substr(0, 40));
            ASSERT_EQ(kept_by(filters[i] | filters[j]), kept[i] | kept[j]);
            ASSERT_EQ(kept_by(filters[i] & filters[j]), kept[i] & kept[j]);
            ASSERT_EQ(filters[i].covers(filters[j]), (kept[j] & ~kept[i]).none());
            ASSERT_EQ(filters[j].covers(filters[i]), (kept[i] & ~kept[j]).none());
            ASSERT_EQ(filters[i] == filters[j], kept[i] == kept[j]);
            ASSERT_EQ(filters[i] | filters[j], filters[j] | filters[i]);
            ASSERT_EQ(filters[i] & filters[j], filters[j] & filters[i]);
        }
    }
}

TEST(KindFilter, PrintsItself) {
    EXPECT_EQ(to_string(KindFilter::any()), "any");
    EXPECT_EQ(to_string(KindFilter::of({})), "none");
    EXPECT_EQ(to_string(KindFilter::of({kind_of(0xF002), kind_of(0xF001)})), "{0xF001, 0xF002}");
    EXPECT_EQ(to_string(KindFilter::category(0xA) | KindFilter::of({kind_of(1)})),
              "{0xA***, 0x0001}");
}

RC_GTEST_PROP(KindFilter, AgreesWithASetOfNumbers,
              (const std::vector<std::uint16_t>& left, const std::vector<std::uint16_t>& right)) {
    const auto filter_of = [](const std::vector<std::uint16_t>& numbers, Kept& kept) {
        std::vector<EventKind> kinds;
        for (const std::uint16_t number : numbers) {
            kinds.push_back(kind_of(number));
            kept.set(number);
        }
        return KindFilter::of(kinds);
    };
    Kept in_left, in_right;
    const KindFilter a = filter_of(left, in_left);
    const KindFilter b = filter_of(right, in_right) | KindFilter::category(0x0);
    for (std::size_t number = 0; number < 0x1000; ++number) in_right.set(number);

    for (const std::uint16_t number : left) {
        RC_ASSERT((a & b).contains(kind_of(number)) == in_right[number]);
        RC_ASSERT((a | b).contains(kind_of(number)));
    }
    for (const std::uint16_t number : right) {
        RC_ASSERT((a & b).contains(kind_of(number)) == in_left[number]);
        RC_ASSERT((a | b).contains(kind_of(number)));
    }
    RC_ASSERT(a.covers(a & b) && (a | b).covers(b));
}

}  // namespace
}  // namespace batpak
