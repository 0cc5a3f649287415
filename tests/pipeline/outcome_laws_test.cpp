// Goal:   outcomes keep the laws of docs/OUTCOME.md: those of a functor and a monad, of batches,
//         and of what puts outcomes together.
// Method: each law is tried on all trees of small size with all functions over two values, then on
//         random trees up to eight levels deep. What an operation answers is compared with a
//         naive model, which works on text.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "batpak/pipeline/join.hpp"
#include "pipeline/outcome_model.hpp"

namespace batpak {
namespace {

using testing::all_leaves;
using testing::all_tables;
using testing::any_outcome;
using testing::any_table;
using testing::IntOutcome;
using testing::leaves;
using testing::middle_outcomes;
using testing::model;
using testing::replaced;
using testing::small_outcomes;
using testing::Table;
using List = std::vector<IntOutcome>;

// Nine answers for functions: all leaves but one Ok, and the shapes of batches.
List some_answers() {
    List answers = all_leaves();
    answers.push_back(IntOutcome());
    answers.push_back(IntOutcome::batch({testing::ok(1)}));
    answers.push_back(IntOutcome::batch({testing::err("f"), IntOutcome::batch({testing::ok(0)})}));
    return answers;
}
List few_answers() {
    return {testing::ok(1), testing::retry("f"),
            IntOutcome::batch({testing::ok(0), testing::err("f")})};
}

// ---- the laws, of one case each

bool is_associative(const IntOutcome& m, const Table& f, const Table& g) {
    return m.and_then(f).and_then(g) == m.and_then([&](int value) { return f(value).and_then(g); });
}

bool keeps_identities(const IntOutcome& m) {
    const auto same = [](int value) { return value; };
    const auto same_error = [](OutcomeError error) { return error; };
    return m.and_then(&IntOutcome::ok) == m && m.map(same) == m && m.map_err(same_error) == m &&
           m.or_else([](OutcomeError error) { return IntOutcome::err(std::move(error)); }) == m &&
           flatten(Outcome<IntOutcome>::ok(m)) == m &&
           flatten(m.map([](int value) { return testing::ok(value); })) == m;
}

// map, flatten and and_then_if are what and_then says they are.
bool agrees_with_and_then(const IntOutcome& m, const Table& f) {
    const auto next = [](int value) { return value + 1; };
    const auto odd = [](int value) { return value % 2 == 1; };
    const auto if_odd = [&](int value) { return odd(value) ? f(value) : testing::ok(value); };
    return m.map(next) == m.and_then([&](int value) { return testing::ok(next(value)); }) &&
           m.and_then(f) == flatten(m.map(f)) && m.and_then_if(odd, f) == m.and_then(if_odd) &&
           m.map(next).map(next) == m.map([&](int value) { return next(next(value)); });
}

bool distributes_over(const List& members, const Table& f) {
    const auto next = [](int value) { return value + 1; };
    const auto rename = [](OutcomeError error) {
        error.message += "!";
        return error;
    };
    const auto repair = [&](const OutcomeError& error) { return f(error.retryable ? 0 : 1); };
    const auto always = [](int) { return true; };
    const auto each = [&](auto change) {
        List changed;
        for (const IntOutcome& member : members) changed.push_back(change(member));
        return IntOutcome::batch(std::move(changed));
    };
    const IntOutcome batch = IntOutcome::batch(members);
    return batch.map(next) == each([&](const IntOutcome& m) { return m.map(next); }) &&
           batch.and_then(f) == each([&](const IntOutcome& m) { return m.and_then(f); }) &&
           batch.map_err(rename) == each([&](const IntOutcome& m) { return m.map_err(rename); }) &&
           batch.or_else(repair) == each([&](const IntOutcome& m) { return m.or_else(repair); }) &&
           batch.and_then_if(always, f) ==
               each([&](const IntOutcome& m) { return m.and_then_if(always, f); });
}

// Each operation against the model.
bool answers_as_the_model(const IntOutcome& m, const Table& f) {
    const std::string before = model(m);
    const auto number = [](const std::string& word) { return std::stoi(word.substr(1)); };
    const auto bind = [&](const std::string& word) { return model(f(number(word))); };
    const auto repair = [&](const std::string&) { return model(f(0)); };
    const auto bind_zero = [&](const std::string& word) {
        return number(word) == 0 ? model(f(0)) : word;
    };
    std::string seen;
    m.inspect([&](int value) { seen += "O" + std::to_string(value) + " "; });
    std::string seen_errors;
    m.inspect_err([&](const OutcomeError& error) { seen_errors += "E" + error.message + " "; });
    std::string oks;
    std::string errors;
    for (const std::string& leaf : leaves(before)) {
        if (leaf[0] == 'O') oks += leaf;
        if (leaf[0] == 'E') errors += leaf;
    }
    const bool open =
        before.find('R') != std::string::npos || before.find('P') != std::string::npos;
    return model(m.and_then(f)) == replaced(before, 'O', bind) &&
           model(m.or_else([&](const OutcomeError&) { return f(0); })) ==
               replaced(before, 'E', repair) &&
           model(m.and_then_if([](int value) { return value == 0; }, f)) ==
               replaced(before, 'O', bind_zero) &&
           seen == oks && seen_errors == errors && m.is_terminal() == !open && model(m) == before &&
           model(IntOutcome(m).and_then(f)) == replaced(before, 'O', bind);
}

std::vector<std::string> all_leaves_of(const List& list) {
    std::vector<std::string> all;
    for (const IntOutcome& member : list) {
        for (const std::string& leaf : leaves(model(member))) all.push_back(leaf);
    }
    return all;
}

bool joins_as_the_model(const List& list) {
    const std::vector<std::string> all = all_leaves_of(list);
    const std::string refusal = testing::first_of_highest(all, "ECRP");
    const auto joined = join_all(list);
    if (refusal.empty()) {
        std::vector<int> values;
        for (const std::string& leaf : all) values.push_back(std::stoi(leaf.substr(1)));
        if (joined != Outcome<std::vector<int>>::ok(values)) return false;
    } else if (model(joined.map([](const auto&) { return 0; })) != refusal) {
        return false;
    }
    std::string chosen = testing::first_of_highest(all, "ORP");
    const std::vector<std::string> backwards(all.rbegin(), all.rend());
    if (chosen.empty()) chosen = testing::first_of_highest(backwards, "EC");
    if (chosen.empty()) chosen = "Ethere is nothing to choose from ";
    return model(join_any(list)) == chosen;
}

// Joining a list is joining its two halves, and batches around members change nothing.
bool joins_in_parts(const List& front, const List& back) {
    List whole = front;
    whole.insert(whole.end(), back.begin(), back.end());
    const auto both = [](const std::pair<std::vector<int>, std::vector<int>>& halves) {
        std::vector<int> values = halves.first;
        values.insert(values.end(), halves.second.begin(), halves.second.end());
        return values;
    };
    const bool all = join_all(whole) == zip(join_all(front), join_all(back)).map(both) &&
                     join_all(IntOutcome::batch(whole)) == join_all(whole) &&
                     join_any(IntOutcome::batch(whole)) == join_any(whole);
    const bool halves_count = !all_leaves_of(front).empty() && !all_leaves_of(back).empty();
    return all &&
           (!halves_count || join_any(whole) == join_any(List{join_any(front), join_any(back)}));
}

bool zips_lawfully(const IntOutcome& a, const IntOutcome& b, const IntOutcome& c) {
    const auto turn = [](const auto& left) {
        return std::pair(left.first.first, std::pair(left.first.second, left.second));
    };
    const auto next = [](int value) { return value + 1; };
    const auto next_first = [](const std::pair<int, int>& both) {
        return std::pair(both.first + 1, both.second);
    };
    const auto first = [](const std::pair<int, Unit>& both) { return both.first; };
    return zip(zip(a, b), c).map(turn) == zip(a, zip(b, c)) &&
           zip(a.map(next), b) == zip(a, b).map(next_first) &&
           zip(a, Outcome<Unit>::ok({})).map(first) == a;
}

// ---- all small ones

TEST(OutcomeLaws, HoldForAllSmallOutcomesAndFunctions) {
    const std::vector<Table> tables = all_tables(some_answers());
    std::uint64_t cases = 0;
    for (const IntOutcome& m : small_outcomes()) {
        ASSERT_TRUE(keeps_identities(m)) << model(m);
        for (const Table& f : tables) {
            ASSERT_TRUE(agrees_with_and_then(m, f)) << model(m);
            ASSERT_TRUE(answers_as_the_model(m, f)) << model(m);
            ++cases;
        }
    }
    for (int value = 0; value < 2; ++value) {
        for (const Table& f : tables) ASSERT_EQ(testing::ok(value).and_then(f), f(value));
    }
    EXPECT_EQ(cases, 49U * 81U);
}

TEST(OutcomeLaws, ChainingIsAssociativeForAllSmallOutcomesAndFunctions) {
    const std::vector<Table> tables = all_tables(few_answers());
    const std::vector<Table> more_tables = all_tables(some_answers());
    std::uint64_t cases = 0;
    for (const IntOutcome& m : small_outcomes()) {
        for (const Table& f : tables) {
            for (const Table& g : more_tables) {
                ASSERT_TRUE(is_associative(m, f, g) && is_associative(m, g, f)) << model(m);
                cases += 2;
            }
        }
    }
    EXPECT_EQ(cases, 49U * 9U * 81U * 2U);
}

TEST(OutcomeLaws, HoldForAllTreesOfTwoLevels) {
    const std::vector<Table> tables = all_tables(few_answers());
    std::uint64_t cases = 0;
    for (const IntOutcome& m : middle_outcomes()) {
        ASSERT_TRUE(keeps_identities(m)) << model(m);
        const Table& f = tables[cases % tables.size()];
        const Table& g = tables[cases / tables.size() % tables.size()];
        ASSERT_TRUE(is_associative(m, f, g)) << model(m);
        ASSERT_TRUE(agrees_with_and_then(m, f)) << model(m);
        ASSERT_TRUE(answers_as_the_model(m, g)) << model(m);
        if (m.is_batch()) {
            ASSERT_TRUE(distributes_over(*m.as_batch(), f)) << model(m);
            ASSERT_TRUE(joins_as_the_model(*m.as_batch())) << model(m);
        }
        ++cases;
    }
    EXPECT_EQ(cases, 2500U);
}

TEST(OutcomeLaws, EverySmallListIsJoinedAsTheModelSays) {
    std::uint64_t cases = 0;
    const List members = all_leaves();
    for (const IntOutcome& a : small_outcomes()) {
        for (const IntOutcome& b : members) {
            for (const IntOutcome& c : members) {
                ASSERT_TRUE(joins_as_the_model({a, b, c})) << model(IntOutcome::batch({a, b, c}));
                ASSERT_TRUE(joins_as_the_model({b, a, c})) << model(IntOutcome::batch({b, a, c}));
                ASSERT_TRUE(joins_in_parts({b}, {c, a})) << model(IntOutcome::batch({a, b, c}));
                cases += 3;
            }
        }
    }
    EXPECT_EQ(cases, 49U * 36U * 3U);
    EXPECT_TRUE(joins_as_the_model({}));
}

TEST(OutcomeLaws, EverySmallPairIsZippedLawfully) {
    std::uint64_t cases = 0;
    const List few = {testing::ok(0), testing::err("z"), testing::retry("z"), IntOutcome(),
                      IntOutcome::batch({testing::ok(1), testing::cancelled("z")})};
    for (const IntOutcome& a : small_outcomes()) {
        for (const IntOutcome& b : small_outcomes()) {
            for (const IntOutcome& c : few) {
                ASSERT_TRUE(zips_lawfully(a, b, c)) << model(a) << model(b) << model(c);
                ++cases;
            }
        }
    }
    EXPECT_EQ(cases, 49U * 49U * 5U);
}

// One of two leaves is what both ways of putting them together say.
TEST(OutcomeLaws, ZipAndJoinAllAgreeOnLeaves) {
    for (const IntOutcome& a : all_leaves()) {
        for (const IntOutcome& b : all_leaves()) {
            const auto as_list = [](const std::pair<int, int>& both) {
                return std::vector<int>{both.first, both.second};
            };
            EXPECT_EQ(zip(a, b).map(as_list), join_all(List{a, b}));
        }
    }
}

// ---- random deep ones

RC_GTEST_PROP(OutcomeLawsProperty, ChainingIsAssociative, ()) {
    const IntOutcome m = *any_outcome();
    RC_ASSERT(is_associative(m, *any_table(), *any_table()));
}
RC_GTEST_PROP(OutcomeLawsProperty, IdentitiesChangeNothing, ()) {
    const IntOutcome m = *any_outcome();
    RC_ASSERT(keeps_identities(m));
    const Table f = *any_table(4);
    for (int value = 0; value < 4; ++value) RC_ASSERT(testing::ok(value).and_then(f) == f(value));
}
RC_GTEST_PROP(OutcomeLawsProperty, EverythingAgreesWithChaining, ()) {
    RC_ASSERT(agrees_with_and_then(*any_outcome(), *any_table()));
}
RC_GTEST_PROP(OutcomeLawsProperty, EverythingDistributesOverBatches, ()) {
    const IntOutcome batch = IntOutcome::batch({*any_outcome(), *any_outcome(), *any_outcome(4)});
    RC_ASSERT(distributes_over(*batch.as_batch(), *any_table()));
}
RC_GTEST_PROP(OutcomeLawsProperty, EverythingAnswersAsTheModel, ()) {
    RC_ASSERT(answers_as_the_model(*any_outcome(), *any_table()));
}
RC_GTEST_PROP(OutcomeLawsProperty, JoiningIsJoiningParts, ()) {
    const List front = {*any_outcome(3), *any_outcome(3)};
    const List back = {*any_outcome(5)};
    RC_ASSERT(joins_in_parts(front, back));
    RC_ASSERT(joins_as_the_model(front) && joins_as_the_model(back));
}
RC_GTEST_PROP(OutcomeLawsProperty, ZippingIsLawful, ()) {
    RC_ASSERT(zips_lawfully(*any_outcome(4), *any_outcome(4), *any_outcome(4)));
}

}  // namespace
}  // namespace batpak
