// Goal:   actions and conditions are values: each is exactly one of its parts, and whatever is done
//         to them, copies are equal and apart.
// Method: one or two of each part, and of each part that differs in one member; all pairs of them
//         are compared, copied, moved and assigned.
#include "batpak/pipeline/outcome_parts.hpp"

#include <gtest/gtest.h>

#include <type_traits>
#include <vector>

#include "support/faults/throwing_assert.hpp"

namespace batpak::outcome_parts_test {
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

// ---- both as values

EventId event_id(std::uint8_t byte) {
    EventId id;
    id.bytes[15] = std::byte{byte};
    return id;
}

std::vector<WaitCondition> conditions() {
    const auto at = [](int milliseconds) {
        return WaitCondition::Time(std::chrono::milliseconds(milliseconds));
    };
    return {WaitCondition::all({}),
            WaitCondition::any({}),
            WaitCondition::timeout(at(0)),
            WaitCondition::timeout(at(1)),
            WaitCondition::event({}),
            WaitCondition::event(event_id(1)),
            WaitCondition::custom(0, {}),
            WaitCondition::custom(1, {}),
            WaitCondition::custom(0, {std::byte{0}}),
            WaitCondition::all({WaitCondition::all({})}),
            WaitCondition::any({WaitCondition::all({})}),
            WaitCondition::all({leaf(), WaitCondition::timeout(at(1))}),
            WaitCondition::all({WaitCondition::timeout(at(1)), leaf()}),
            WaitCondition::all({WaitCondition::any({leaf()}), leaf()})};
}

std::vector<CompensationAction> actions() {
    return {CompensationAction::rollback({}),
            CompensationAction::rollback({event_id(1)}),
            CompensationAction::rollback({event_id(1), event_id(2)}),
            CompensationAction::rollback({event_id(2), event_id(1)}),
            CompensationAction::notify("", ""),
            CompensationAction::notify("a", "b"),
            CompensationAction::notify("b", "a"),
            CompensationAction::release({}),
            CompensationAction::release({""}),
            CompensationAction::release({"a", "b"}),
            CompensationAction::custom("", {}),
            CompensationAction::custom("a", {}),
            CompensationAction::custom("", {std::byte{0}})};
}

template <class Part>
void expect_values(const std::vector<Part>& all) {
    const std::vector<Part> again = all;
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (std::size_t j = 0; j < all.size(); ++j) {
            EXPECT_EQ(all[i] == again[j], i == j) << i << " and " << j;
            Part assigned = all[i];
            assigned = all[j];
            EXPECT_EQ(assigned, all[j]);
            assigned = Part(all[i]);  // moved, over one that may be of another part
            EXPECT_EQ(assigned, all[i]);
            Part taken(std::move(assigned));
            EXPECT_EQ(taken, all[i]);
        }
    }
    EXPECT_EQ(all, again) << "none has changed";
    static_assert(std::is_nothrow_move_constructible_v<Part>);
    static_assert(std::is_nothrow_move_assignable_v<Part>);
    static_assert(std::is_nothrow_default_constructible_v<Part>);
}

TEST(WaitCondition, IsAValue) {
    expect_values(conditions());
    EXPECT_EQ(WaitCondition(), WaitCondition::all({}));
}

TEST(CompensationAction, IsAValue) {
    expect_values(actions());
    EXPECT_EQ(CompensationAction(), CompensationAction::rollback({}));
}

TEST(CompensationAction, IsWhatItWasMadeAs) {
    EXPECT_EQ(CompensationAction::rollback({event_id(1)}).as_rollback()->event_ids,
              std::vector{event_id(1)});
    EXPECT_EQ(CompensationAction::notify("a", "b").as_notify()->target, "a");
    EXPECT_EQ(CompensationAction::notify("a", "b").as_notify()->message, "b");
    EXPECT_EQ(CompensationAction::release({"a", "b"}).as_release()->resources,
              (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(CompensationAction::custom("a", {std::byte{7}}).as_custom()->action, "a");
    EXPECT_EQ(CompensationAction::custom("a", {std::byte{7}}).as_custom()->data,
              Bytes{std::byte{7}});
}

template <class Whole>
std::size_t parts_in(const Whole& whole) {
    if constexpr (std::same_as<Whole, WaitCondition>) {
        return (whole.as_all() != nullptr ? 1U : 0U) + (whole.as_any() != nullptr ? 1U : 0U) +
               (whole.as_timeout() != nullptr ? 1U : 0U) + (whole.as_event() != nullptr ? 1U : 0U) +
               (whole.as_custom() != nullptr ? 1U : 0U);
    } else {
        return (whole.as_rollback() != nullptr ? 1U : 0U) +
               (whole.as_notify() != nullptr ? 1U : 0U) +
               (whole.as_release() != nullptr ? 1U : 0U) + (whole.as_custom() != nullptr ? 1U : 0U);
    }
}

TEST(OutcomeParts, EachIsExactlyOnePart) {
    for (const WaitCondition& condition : conditions()) EXPECT_EQ(parts_in(condition), 1U);
    for (const CompensationAction& action : actions()) EXPECT_EQ(parts_in(action), 1U);
}

}  // namespace
}  // namespace batpak::outcome_parts_test
