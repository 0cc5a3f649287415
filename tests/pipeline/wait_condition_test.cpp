#include "batpak/pipeline/outcome_parts.hpp"

#include <gtest/gtest.h>

#include "support/faults/throwing_assert.hpp"

namespace batpak {
namespace {

WaitCondition leaf() { return WaitCondition::custom(1, {}); }

WaitCondition nested(std::size_t depth) {
    WaitCondition condition = leaf();
    for (std::size_t i = 0; i < depth; ++i) {
        condition = i % 2 == 0 ? WaitCondition::all({condition}) : WaitCondition::any({condition});
    }
    return condition;
}

TEST(WaitCondition, IsWhatItWasMadeAs) {
    EventId id;
    id.bytes[0] = std::byte{7};
    const WaitCondition::Time time{std::chrono::milliseconds(5)};
    EXPECT_EQ(WaitCondition::timeout(time).as_timeout()->resume_at, time);
    EXPECT_EQ(WaitCondition::event(id).as_event()->event_id, id);
    EXPECT_EQ(leaf().as_custom()->tag, 1);
    EXPECT_EQ(WaitCondition::all({leaf(), leaf()}).as_all()->of.size(), 2U);
    EXPECT_EQ(WaitCondition::any({leaf()}).as_any()->of.size(), 1U);
    EXPECT_EQ(leaf().as_all(), nullptr);
    EXPECT_EQ(WaitCondition::all({}).as_any(), nullptr);
}

TEST(WaitCondition, TheDepthIsThatOfTheDeepestPart) {
    EXPECT_EQ(leaf().depth(), 0U);
    EXPECT_EQ(WaitCondition::all({}).depth(), 1U);
    EXPECT_EQ(WaitCondition::any({leaf(), nested(3), leaf()}).depth(), 4U);
    EXPECT_EQ(nested(9).depth(), 9U);
}

TEST(WaitCondition, IsNoDeeperThanTheLimit) {
    EXPECT_EQ(nested(WaitCondition::kDepthMax).depth(), WaitCondition::kDepthMax);
    const testing::ThrowingAssert throwing;
    EXPECT_THROW(nested(WaitCondition::kDepthMax + 1), testing::AssertFailed);
    EXPECT_THROW(WaitCondition::any({nested(WaitCondition::kDepthMax)}), testing::AssertFailed);
}

TEST(WaitCondition, AllIsNotAny) {
    EXPECT_EQ(nested(4), nested(4));
    EXPECT_FALSE(WaitCondition::all({leaf()}) == WaitCondition::any({leaf()}));
    EXPECT_FALSE(nested(3) == nested(4));
}

}  // namespace
}  // namespace batpak
