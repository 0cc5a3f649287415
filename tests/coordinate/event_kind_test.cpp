#include "batpak/coordinate/event_kind.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <unordered_set>

#include "support/faults/throwing_assert.hpp"

namespace batpak {
namespace {

constexpr std::uint16_t kTypeBorders[] = {0, 1, 0x7FF, 0xFFE, 0xFFF, 0x1000, 0x1001, 0xFFFF};

constexpr EventKind kMoved = EventKind::custom(0xF, 0x001);
static_assert(kMoved.number() == 0xF001, "kinds are made at compile time");

constexpr bool is_reserved(unsigned category) { return category == 0x0 || category == 0xD; }

TEST(EventKind, SplitsEveryNumberIntoCategoryAndType) {
    for (unsigned number = 0; number <= 0xFFFF; ++number) {
        const EventKind kind = EventKind::from_number(static_cast<std::uint16_t>(number));
        ASSERT_EQ(kind.number(), number);
        ASSERT_EQ(kind.category(), number / 0x1000);
        ASSERT_EQ(kind.type(), number % 0x1000);
        ASSERT_EQ(kind.is_reserved(), is_reserved(number / 0x1000));
    }
}

TEST(EventKind, PrintsEveryNumberAsFourDigits) {
    char expected[8];
    for (unsigned number = 0; number <= 0xFFFF; ++number) {
        std::snprintf(expected, sizeof expected, "0x%04X", number);
        ASSERT_EQ(to_string(EventKind::from_number(static_cast<std::uint16_t>(number))), expected);
    }
}

TEST(EventKind, OrdersByNumber) {
    for (unsigned number = 1; number <= 0xFFFF; ++number) {
        ASSERT_LT(EventKind::from_number(static_cast<std::uint16_t>(number - 1)),
                  EventKind::from_number(static_cast<std::uint16_t>(number)));
    }
}

// What create() returns and what custom() does, for a category and type that are not to be used.
void expect_refused(std::uint8_t category, std::uint16_t type, ErrorCode code) {
    const testing::ThrowingAssert assertions_throw;
    const auto created = EventKind::create(category, type);
    ASSERT_FALSE(created) << unsigned{category} << ' ' << type;
    EXPECT_EQ(created.error().code(), code) << unsigned{category} << ' ' << type;
    EXPECT_THROW((void)EventKind::custom(category, type), testing::AssertFailed)
        << unsigned{category} << ' ' << type;
}

void expect_made(std::uint8_t category, std::uint16_t type) {
    const auto created = EventKind::create(category, type);
    ASSERT_TRUE(created) << unsigned{category} << ' ' << type;
    EXPECT_EQ(created->category(), category);
    EXPECT_EQ(created->type(), type);
    EXPECT_EQ(EventKind::custom(category, type), *created);
    EXPECT_FALSE(created->is_reserved());
}

TEST(EventKind, IsMadeOfEveryFreeCategoryAndRefusedOfEveryOther) {
    for (unsigned number = 0; number <= 0xFF; ++number) {
        const auto category = static_cast<std::uint8_t>(number);
        for (const std::uint16_t type : kTypeBorders) {
            if (category > 0xF || type > EventKind::kTypeMax) {
                expect_refused(category, type, ErrorCode::InvalidArgument);
            } else if (is_reserved(category)) {
                expect_refused(category, type, ErrorCode::ReservedKind);
            } else {
                expect_made(category, type);
            }
        }
    }
}

TEST(EventKind, IsAKeyOfHashTables) {
    std::unordered_set<EventKind> kinds;
    for (unsigned number = 0; number <= 0xFFFF; ++number)
        kinds.insert(EventKind::from_number(static_cast<std::uint16_t>(number)));
    EXPECT_EQ(kinds.size(), 0x10000U);
}

TEST(EventKind, IsRefusedOfNumbersThatWouldWrapIntoGoodOnes) {
    const testing::ThrowingAssert assertions_throw;
    EXPECT_THROW((void)EventKind::custom(0x101, 0x001), testing::AssertFailed);
    EXPECT_THROW((void)EventKind::custom(0x1, 0x10001), testing::AssertFailed);
}

}  // namespace
}  // namespace batpak
