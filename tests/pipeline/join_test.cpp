// Which of two outcomes answers for both. tests/pipeline/outcome_laws_test.cpp checks zip, join_all
// and join_any against a model; here are the ranks that they rest on.
#include "batpak/pipeline/join.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace batpak {
namespace {

constexpr std::array kLeaves = {OutcomeState::Ok, OutcomeState::Err, OutcomeState::Retry,
                                OutcomeState::Pending, OutcomeState::Cancelled};

template <class Rank>
std::vector<OutcomeState> from_low_to_high(Rank rank) {
    std::vector<OutcomeState> sorted(kLeaves.begin(), kLeaves.end());
    std::ranges::sort(sorted, {}, rank);
    return sorted;
}

TEST(Join, WhereAllAreNeededTheWorstAnswers) {
    EXPECT_EQ(from_low_to_high(detail::rank_for_all),
              (std::vector{OutcomeState::Ok, OutcomeState::Pending, OutcomeState::Retry,
                           OutcomeState::Cancelled, OutcomeState::Err}));
}

TEST(Join, WhereOneIsEnoughTheBestAnswers) {
    EXPECT_EQ(from_low_to_high(detail::rank_for_any),
              (std::vector{OutcomeState::Cancelled, OutcomeState::Err, OutcomeState::Pending,
                           OutcomeState::Retry, OutcomeState::Ok}));
}

TEST(Join, NoTwoStatesAreOfOneRankAndNoneIsOfRankZero) {
    for (const auto rank : {detail::rank_for_all, detail::rank_for_any}) {
        for (const OutcomeState a : kLeaves) {
            EXPECT_GT(rank(a), 0);
            for (const OutcomeState b : kLeaves) EXPECT_EQ(rank(a) == rank(b), a == b);
        }
    }
}

TEST(Join, NothingToChooseFromIsNotFound) {
    const Outcome<int> none = join_any(std::vector<Outcome<int>>{});
    ASSERT_TRUE(none.is_err());
    EXPECT_EQ(none.as_err()->kind, ErrorKind::NotFound);
    const Outcome<std::vector<int>> all = join_all(std::vector<Outcome<int>>{});
    ASSERT_TRUE(all.is_ok());
    EXPECT_TRUE(all.as_ok()->empty());
}

TEST(Join, OfEqualsTheFirstFailureAnswersForAllAndTheLastForAny) {
    std::vector<Outcome<int>> list;
    list.push_back(Outcome<int>::err(ErrorKind::Conflict, "first"));
    list.push_back(Outcome<int>::err(ErrorKind::Conflict, "last"));
    EXPECT_EQ(join_all(list).as_err()->message, "first");
    EXPECT_EQ(join_any(list).as_err()->message, "last");
}

}  // namespace
}  // namespace batpak
