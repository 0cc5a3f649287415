#include "batpak/base/assert.hpp"

#include <gtest/gtest.h>

#include "support/faults/throwing_asserts.hpp"

namespace batpak::testing {
namespace {

TEST(Assert, PassesWhatIsTrueAndEvaluatesItOnce) {
    int evaluated = 0;
    BATPAK_ASSERT(++evaluated == 1);
    EXPECT_EQ(evaluated, 1);
}

TEST(Assert, TellsTheHandlerWhatAndWhere) {
    static std::string condition;
    static std::string file;
    static int line = 0;
    const AssertHandler before = set_assert_handler([](const char* c, const char* f, int l) {
        condition = c;
        file = f;
        line = l;
        throw AssertionFailed(c);
    });
    const int expected = __LINE__ + 1;
    EXPECT_THROW(BATPAK_ASSERT(1 + 1 == 3), AssertionFailed);
    set_assert_handler(before);
    EXPECT_EQ(condition, "1 + 1 == 3");
    EXPECT_TRUE(file.ends_with("assert_test.cpp"));
    EXPECT_EQ(line, expected);
}

TEST(Assert, GivesTheHandlerBefore) {
    const AssertHandler original = set_assert_handler(nullptr);
    EXPECT_EQ(original, nullptr);
    {
        const ThrowingAsserts outer;
        const AssertHandler installed = set_assert_handler(nullptr);
        EXPECT_NE(installed, nullptr);
        EXPECT_EQ(set_assert_handler(installed), nullptr);
        EXPECT_THROW(BATPAK_UNREACHABLE(), AssertionFailed);
    }
    EXPECT_EQ(set_assert_handler(nullptr), nullptr);
}

TEST(AssertDeathTest, StopsTheProgramWithoutAHandlerAndAfterOneThatReturns) {
    EXPECT_DEATH(BATPAK_ASSERT(1 == 2), "assertion failed: 1 == 2 .*assert_test.cpp:");
    EXPECT_DEATH(BATPAK_UNREACHABLE(), "unreachable");
    set_assert_handler([](const char*, const char*, int) {});
    EXPECT_DEATH(BATPAK_ASSERT(false), "assertion failed: false");
    set_assert_handler(nullptr);
}

}  // namespace
}  // namespace batpak::testing
