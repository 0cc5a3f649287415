#include "batpak/guard/judged_view.hpp"

#include <gtest/gtest.h>

namespace batpak {
namespace {

LogId log_of(std::uint8_t number) {
    LogId id;
    id.bytes.fill(std::byte{number});
    return id;
}

TEST(JudgedView, KeepsWhatWasJudged) {
    const JudgedView view =
        JudgedView::create(log_of(1), Sequence(7), Region::entity("player:alice"));
    EXPECT_FALSE(view.is_nothing());
    EXPECT_EQ(view.log_id(), log_of(1));
    EXPECT_EQ(view.end(), Sequence(7));
    EXPECT_EQ(view.region().canonical_bytes().size(),
              Region::entity("player:alice").canonical_bytes().size());
}

TEST(JudgedView, ACopyIsTheSameView) {
    const JudgedView view = JudgedView::create(log_of(1), Sequence(7), Region::all());
    const JudgedView copy = view;  // NOLINT: the copy is what is tested
    EXPECT_EQ(copy.digest(), view.digest());
    EXPECT_EQ(&copy.region(), &view.region());
}

TEST(JudgedView, TheDigestIsOfAllOfIt) {
    const Hash digest = JudgedView::create(log_of(1), Sequence(7), Region::scope("room")).digest();
    EXPECT_EQ(JudgedView::create(log_of(1), Sequence(7), Region::scope("room")).digest(), digest);
    EXPECT_NE(JudgedView::create(log_of(2), Sequence(7), Region::scope("room")).digest(), digest);
    EXPECT_NE(JudgedView::create(log_of(1), Sequence(8), Region::scope("room")).digest(), digest);
    EXPECT_NE(JudgedView::create(log_of(1), Sequence(7), Region::scope("hall")).digest(), digest);
    EXPECT_NE(JudgedView::create(log_of(1), Sequence(7), Region::entity("room")).digest(), digest);
}

TEST(JudgedView, NothingHasADigestAndNoPlace) {
    const JudgedView nothing = JudgedView::nothing();
    EXPECT_TRUE(nothing.is_nothing());
    EXPECT_TRUE(nothing.digest().is_zero());
    EXPECT_FALSE(JudgedView::create(log_of(1), Sequence(0), Region::none()).is_nothing());
}

}  // namespace
}  // namespace batpak
