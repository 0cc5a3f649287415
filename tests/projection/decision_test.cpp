// Goal:   a decision's states are those that folds of their own would give, and its condition
//         refuses an append exactly if an event that one of them counts came between.
// Method: random logs and triples of states against a fold of each by itself; a table of events
//         that come between. The programs of examples/dcb decide in eight threads.
#include "batpak/projection/decision.hpp"

#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "batpak/guard/gate_set.hpp"
#include "batpak/projection/project.hpp"
#include "batpak/store/retry.hpp"
#include "batpak/testing/environment.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::testing {
namespace {

struct Taken {
    static constexpr auto kind = EventKind::custom(0x1, 0x201);
    static auto tags_of(const Taken& event) {
        return std::array{"course:" + event.course, "student:" + event.student};
    }
    std::string student, course;
};
struct Opened {
    static constexpr auto kind = EventKind::custom(0x1, 0x202);
    static auto tags_of(const Opened& event) { return "course:" + event.course; }
    std::string course;
    int seats = 0;
};

struct Seats {
    static constexpr auto projection = projection_of<Opened, Taken>("seats", 1);
    std::string course;
    int seats = 0, taken = 0;
    std::uint64_t last = 0;
    Region region() const { return Region::tag("course:" + course); }
    void on(const Opened& opened) { seats = opened.seats; }
    void on(const Taken&, const EventView& event) { ++taken, last = event.sequence().value; }
    friend bool operator==(const Seats&, const Seats&) = default;
};
struct Load {
    static constexpr auto projection = projection_of<Taken>("load", 1);
    std::string student;
    int courses = 0;
    Region region() const { return Region::tag("student:" + student); }
    void on(const Taken&) { ++courses; }
    friend bool operator==(const Load&, const Load&) = default;
};

// The same by hand: every event is asked.
template <class State>
State folded(const StoreReads& store, State state) {
    const Region region = state.region();
    for (const auto& event : store.query(Region::all())) {
        const bool counts = region.contains(event->facts());
        EXPECT_TRUE(!counts || apply(state, *event));
    }
    return state;
}

struct DecisionTest : StoreFixture {
    Store store = open();

    Result<AppendReceipt> take(const std::string& student, const std::string& course,
                               AppendOptions options = {}) {
        return store.append(coordinate_of("student:" + student), Taken{student, course}, options);
    }
    std::string any(const char* name) {
        return name + std::to_string(std::uniform_int_distribution<int>(0, 3)(random));
    }
    std::mt19937 random{5};
};

TEST_F(DecisionTest, ItsStatesAreFoldsOfTheirOwn) {
    for (int i = 0; i < 200; ++i) {
        if (i % 9 == 0) store.append(alice, Opened{any("c"), i}).value();
        ASSERT_TRUE(take(any("s"), any("c")));
        const Seats one{any("c")};
        const Seats other{any("c")};
        const Load load{any("s")};
        const auto model = store.decide(one, load, other).value();
        EXPECT_EQ(std::get<0>(model.states()), folded(store, one));
        EXPECT_EQ(model.get<Load>(), folded(store, load));
        EXPECT_EQ(std::get<2>(model.states()), folded(store, other));
        EXPECT_EQ(model.seen_end(), store.visible_end());
    }
}

TEST_F(DecisionTest, ItsConditionIsBrokenByWhatAStateCountsAndByNothingElse) {
    const auto between = [&](const auto& append) {
        const auto model = store.decide(Seats{"c1"}, Load{"s1"}).value();
        append();
        const auto receipt = take("s1", "c1", {.condition = model.condition()});
        return code_of(receipt) == ErrorCode::ConditionConflict;
    };
    EXPECT_FALSE(between([] {}));
    EXPECT_TRUE(between([&] { take("s2", "c1").value(); }));
    EXPECT_TRUE(between([&] { take("s1", "c2").value(); }));
    EXPECT_TRUE(between([&] { store.append(bob, Opened{"c1", 5}).value(); }));
    EXPECT_FALSE(between([&] { take("s2", "c2").value(); }));
    EXPECT_FALSE(between([&] { store.append(bob, Opened{"c2", 5}).value(); }));
    // Of a kind that no state folds, and of one that the state of that tag does not.
    EXPECT_FALSE(between(
        [&] { store.append(bob, Moved{}, {.tags = {"course:c1", "student:s1"}}).value(); }));
    EXPECT_FALSE(
        between([&] { store.append(bob, Opened{"c2", 1}, {.tags = {"student:s1"}}).value(); }));
}

TEST_F(DecisionTest, IsAViewForGatesAsWell) {
    GateSet<Taken, Seats> gates;
    gates.add("seats", 1, [](const Taken&, const Seats& seats) {
        return seats.taken < 1 ? Verdict(pass()) : Verdict(deny("full"));
    });
    const auto model = store.decide(Seats{"c1"}).value();
    auto first = gates.evaluate(Taken{"s1", "c1"}, model.get<Seats>(), model.judged_view());
    auto second = gates.evaluate(Taken{"s2", "c1"}, model.get<Seats>(), model.judged_view());
    ASSERT_TRUE(store.commit(std::move(first).value(), alice));
    EXPECT_EQ(code_of(store.commit(std::move(second).value(), bob)), ErrorCode::DecisionOutdated);
    const auto again = store.decide(Seats{"c1"}).value();
    EXPECT_FALSE(gates.evaluate(Taken{"s2", "c1"}, again.get<Seats>(), again.judged_view()));
}

TEST_F(DecisionTest, OfAViewIsOfThatMoment) {
    ASSERT_TRUE(take("s1", "c1"));
    ASSERT_TRUE(take("s2", "c1"));
    const auto model = store.before(Sequence(1)).decide(Seats{"c1"}).value();
    EXPECT_EQ(model.get<Seats>().taken, 1);
    EXPECT_EQ(model.seen_end(), Sequence(1));
    EXPECT_EQ(code_of(take("s3", "c1", {.condition = model.condition()})),
              ErrorCode::ConditionConflict);
}

TEST_F(DecisionTest, EndsWithAnEventThatNoStateCanRead) {
    ASSERT_TRUE(store.append_raw(alice, Taken::kind, as_bytes("\xC1"), {.tags = {"course:c1"}}));
    const auto model = store.decide(Seats{"c1"});
    ASSERT_FALSE(model);
    EXPECT_EQ(model.error().code(), ErrorCode::DecodeFailed);
    EXPECT_EQ(model.error().sequence(), Sequence(0));
    EXPECT_TRUE(store.decide(Seats{"c2"}));
}

TEST(RetryOnConflict, TriesAsOftenAsItsBudgetAndOnlyConflicts) {
    const auto tries = [](ErrorCode code, const RetryBudget& budget) {
        std::uint32_t calls = 0;
        const Result<int> result = retry_on_conflict(budget, [&]() -> Result<int> {
            ++calls;
            return fail(code, "");
        });
        EXPECT_EQ(result.error().code(), code);
        return calls;
    };
    for (const ErrorCode code :
         {ErrorCode::ConditionConflict, ErrorCode::DecisionOutdated, ErrorCode::VersionConflict}) {
        EXPECT_EQ(tries(code, {.attempts = 5}), 5U);
        EXPECT_EQ(tries(code, {.attempts = 1}), 1U);
        EXPECT_EQ(tries(code, {.attempts = 5, .deadline = std::chrono::steady_clock::time_point()}),
                  1U);
    }
    for (const ErrorCode code : {ErrorCode::InvalidArgument, ErrorCode::KeyConflict,
                                 ErrorCode::RolledBack, ErrorCode::Io}) {
        EXPECT_EQ(tries(code, {.attempts = 5}), 1U);
    }
    int calls = 0;
    const Result<int> third = retry_on_conflict({.attempts = 5}, [&]() -> Result<int> {
        if (++calls < 3) return fail(ErrorCode::ConditionConflict, "");
        return calls;
    });
    EXPECT_EQ(third.value(), 3);
}

}  // namespace
}  // namespace batpak::testing
