// Goal:   each way to be no fold of the log is found, at the first event that shows it.
// Method: projections that are wrong in one way each; and probes that fold nothing, but say for
//         every length of a log and every event of it that the states differ from there on.
#include "batpak/projection/divergence.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "batpak/projection/project.hpp"
#include "batpak/projection/projector.hpp"
#include "batpak/testing/environment.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak {
namespace {

using testing::StoreFixture;

struct Added {
    static constexpr auto kind = EventKind::custom(1, 1);
    std::int64_t amount = 0;
};
struct Named {
    static constexpr auto kind = EventKind::custom(1, 2);
    std::string name;
};

struct Account {
    static constexpr auto projection = projection_of<Added, Named>("account", 1);
    std::int64_t sum = 0;
    std::vector<std::string> names;
    void on(const Added& added) { sum += added.amount; }
    void on(const Named& named) { names.push_back(named.name); }
};

struct Divergences : StoreFixture {
    // Named events stand at 10 and 30, the others are Added.
    Divergences() {
        for (int i = 0; i < 40; ++i) {
            if (i == 10 || i == 30) {
                EXPECT_TRUE(store.append(alice, Named{"n" + std::to_string(i)}).has_value());
            } else {
                EXPECT_TRUE(store.append(alice, Added{i}).has_value());
            }
        }
    }
    template <class T>
    Divergence found() {
        const ProjectionReport report = verify_projection<T>(store, alice.entity()).value();
        EXPECT_EQ(report.events, 40U);
        EXPECT_TRUE(report.divergence.has_value());
        return report.divergence.value_or(Divergence{});
    }

    Store store = open();
};

TEST_F(Divergences, AreNoneInAFold) {
    const ProjectionReport report = verify_projection<Account>(store, alice.entity()).value();
    EXPECT_EQ(report.events, 40U);
    EXPECT_FALSE(report.divergence.has_value());
    EXPECT_FALSE(report.kept_state_checked);
    EXPECT_FALSE(verify_projection<Account>(store, Region::all()).value().divergence.has_value());
    EXPECT_EQ(verify_projection<Account>(store, "nobody").value().events, 0U);
}

// A counter that outlives the state.
int calls_so_far = 0;
struct Counts {
    static constexpr auto projection = projection_of<Added, Named>("counts", 1);
    int calls = 0;
    void on(const Added&) {}
    void on(const Named&) { calls = ++calls_so_far; }
};

TEST_F(Divergences, OfACounterThatOutlivesTheStateAreFoundAtItsEvent) {
    const Divergence divergence = found<Counts>();
    EXPECT_EQ(divergence.cause, Divergence::Cause::NotRepeatable);
    EXPECT_EQ(divergence.event, Sequence(10));
    EXPECT_NE(divergence.folded, divergence.other);
    EXPECT_TRUE(divergence.folded.starts_with(R"({"calls":)"));
    EXPECT_NE(divergence.to_string().find("after event 10"), std::string::npos);
}

// A clock, which goes on by itself.
std::int64_t time_now = 0;
struct Timed {
    static constexpr auto projection = projection_of<Added, Named>("timed", 1);
    std::int64_t last_seen = 0;
    void on(const Added& added) {
        if (added.amount >= 25) last_seen = ++time_now;
    }
    void on(const Named&) {}
};

TEST_F(Divergences, OfTheTimeOfDayAreFoundAtTheirEvent) {
    const Divergence divergence = found<Timed>();
    EXPECT_EQ(divergence.cause, Divergence::Cause::NotRepeatable);
    EXPECT_EQ(divergence.event, Sequence(25));
}

// The order of an unordered container, whose hash is seeded anew for each.
struct SeededHash {
    std::size_t operator()(std::int64_t key) const noexcept {
        return static_cast<std::size_t>(key) * 0x9E3779B97F4A7C15U + seed;
    }
    std::size_t seed = 0;
};
std::size_t seeds_given = 0;
struct FirstOfAll {
    static constexpr auto projection = projection_of<Added, Named>("first", 1);
    std::vector<std::int64_t> amounts;
    std::int64_t first = 0;
    void on(const Added& added) { amounts.push_back(added.amount); }
    void on(const Named&) {
        std::unordered_map<std::int64_t, int, SeededHash> set(64, SeededHash{seeds_given += 977});
        for (const std::int64_t amount : amounts) set[amount] = 1;
        std::size_t bucket = 0;
        while (set.begin(bucket) == set.end(bucket)) ++bucket;
        first = set.begin(bucket)->first;
    }
};

TEST_F(Divergences, OfTheOrderOfAHashTableAreFoundAtTheirEvent) {
    const Divergence divergence = found<FirstOfAll>();
    EXPECT_EQ(divergence.cause, Divergence::Cause::NotRepeatable);
    EXPECT_EQ(divergence.event, Sequence(10));
}

// A member that matters and is not among the fields.
struct HalfKept {
    static constexpr auto projection = projection_of<Added, Named>("half", 1);
    std::int64_t sum = 0;
    std::int64_t factor = 1;
    void on(const Added& added) { sum += factor * added.amount; }
    void on(const Named&) { ++factor; }
    using fields = batpak::fields<&HalfKept::sum>;
};

TEST_F(Divergences, OfAMemberThatIsNotKeptAreFoundAtTheFirstEventBehindTheCut) {
    const Divergence divergence = found<HalfKept>();
    EXPECT_EQ(divergence.cause, Divergence::Cause::StateNotWhole);
    EXPECT_EQ(divergence.event, Sequence(20));  // 10 raised the factor; half of 40 is the cut
}

// Code that has changed, and kept its version.
std::int64_t factor_of_today = 1;
struct Changed {
    static constexpr auto projection = projection_of<Added, Named>("changed", 1);
    std::int64_t sum = 0;
    void on(const Added& added) { sum += factor_of_today * added.amount; }
    void on(const Named&) {}
};

TEST_F(Divergences, OfAStateThatOtherCodeHasMadeAreFound) {
    ASSERT_TRUE(std::move(store).close().has_value());
    config = config.with_projector(std::make_shared<Projector>(ProjectorOptions{}));
    store = open();
    factor_of_today = 1;
    ASSERT_TRUE(store.as_of(Sequence(34)).project<Changed>(alice.entity()).has_value());
    ProjectionReport report = verify_projection<Changed>(store, alice.entity()).value();
    EXPECT_TRUE(report.kept_state_checked);
    EXPECT_FALSE(report.divergence.has_value());
    factor_of_today = 2;
    const Divergence divergence = found<Changed>();
    EXPECT_EQ(divergence.cause, Divergence::Cause::KeptState);
    EXPECT_EQ(divergence.event, Sequence(34));
    EXPECT_EQ(divergence.folded, R"({"sum":1110})");
    EXPECT_EQ(divergence.other, R"({"sum":555})");
}

TEST_F(Divergences, AreNotLookedForBehindAnEventThatCannotBeRead) {
    ASSERT_TRUE(store.append_raw(alice, Added::kind, as_bytes("\xC1")).has_value());
    const auto report = verify_projection<Account>(store, alice.entity());
    EXPECT_EQ(report.error().code(), ErrorCode::DecodeFailed);
    EXPECT_EQ(report.error().sequence(), Sequence(40));
}

// ---- probes

// Its state is one byte, the number of events before the end: as MessagePack and as JSON that is
// the number. What is told otherwise has 100 more.
class Probe : public detail::FoldProbe {
public:
    Result<Bytes> fold(Sequence end) override {
        ++folds;
        if (folds == fails_at) return fail(ErrorCode::Io, "the disk is gone");
        return state(end, differs_every_time && *differs_every_time < end && folds % 2 == 0);
    }
    Result<Bytes> resume(BytesView from, Sequence begin, Sequence end) override {
        ++folds;
        if (folds == fails_at) return fail(ErrorCode::Io, "the disk is gone");
        cuts.push_back(begin.value);
        EXPECT_TRUE(equal_bytes(from, state(begin, false)));
        return state(end, lost && begin <= *lost && *lost < end);
    }

    // Of each two folds the second differs if it goes past this event.
    std::optional<Sequence> differs_every_time;
    // Who goes on from a state before this event, past it, ends up elsewhere.
    std::optional<Sequence> lost;
    std::uint64_t fails_at = 0;  // the first is 1
    std::uint64_t folds = 0;
    std::vector<std::uint64_t> cuts{};  // where resume() began

protected:
    static Bytes state(Sequence end, bool differs) {
        return {static_cast<std::byte>(end.value % 20 + (differs ? 100 : 0))};
    }
};

struct DivergenceProbe : StoreFixture {
    Result<ProjectionReport> look(detail::FoldProbe& probe) const {
        const detail::ProjectionSubject subject{{}, {}, alice.entity()};
        return detail::find_divergence(store, subject, probe);
    }
    std::optional<Divergence> found(detail::FoldProbe& probe) const {
        const ProjectionReport report = look(probe).value();
        EXPECT_EQ(report.events, store.visible_end().value);
        return report.divergence;
    }
    static std::string number(Sequence event, bool differs) {
        return std::to_string(event.next().value % 20 + (differs ? 100 : 0));
    }
    static std::uint64_t folds_max(std::uint64_t events) {
        std::uint64_t steps = 1;
        while (events >>= 1U) ++steps;
        return 2 * steps;
    }

    Store store = open();
};

TEST_F(DivergenceProbe, FoldsThatDifferFromAnEventOnAreFoundAtIt) {
    for (std::uint64_t events = 1; events <= 40; ++events) {
        ASSERT_TRUE(store.append(alice, Added{1}));
        for (std::uint64_t event = 0; event < events; ++event) {
            Probe probe;
            probe.differs_every_time = Sequence(event);
            const auto divergence = found(probe);
            ASSERT_TRUE(divergence) << event << " of " << events;
            EXPECT_EQ(divergence->cause, Divergence::Cause::NotRepeatable);
            ASSERT_EQ(divergence->event, Sequence(event)) << "of " << events;
            EXPECT_EQ(divergence->folded, number(Sequence(event), false));
            EXPECT_EQ(divergence->other, number(Sequence(event), true));
            EXPECT_LE(probe.folds, 2 + folds_max(events));
        }
    }
}

// Cut at each quarter: what is lost in front of the first is not noticed, and is not asked for.
TEST_F(DivergenceProbe, AStateThatLosesSomethingIsFoundAtTheEventThatNeedsIt) {
    for (std::uint64_t events = 1; events <= 40; ++events) {
        ASSERT_TRUE(store.append(alice, Added{1}));
        for (std::uint64_t event = 0; event < events; ++event) {
            Probe probe;
            probe.lost = Sequence(event);
            const auto divergence = found(probe);
            ASSERT_EQ(divergence.has_value(), event >= events / 4) << event << " of " << events;
            if (!divergence) continue;
            EXPECT_EQ(divergence->cause, Divergence::Cause::StateNotWhole);
            ASSERT_EQ(divergence->event, Sequence(event)) << "of " << events;
            EXPECT_EQ(divergence->folded, number(Sequence(event), false));
            EXPECT_EQ(divergence->other, number(Sequence(event), true));
        }
    }
}

TEST_F(DivergenceProbe, AFoldIsCutAtEachQuarter) {
    for (std::uint64_t events = 1; events <= 40; ++events) {
        ASSERT_TRUE(store.append(alice, Added{1}));
        Probe probe;
        EXPECT_FALSE(found(probe));
        EXPECT_EQ(probe.cuts, (std::vector{events / 4, events / 2, 3 * events / 4}));
    }
}

// It differs only the first time, so that no bisection sees it again: the end is shown.
class OnceProbe final : public Probe {
public:
    Result<Bytes> fold(Sequence end) override { return state(end, ++folds == 1); }
};

TEST_F(DivergenceProbe, WhatIsSeenOnceIsShownAtTheEnd) {
    for (int i = 0; i < 9; ++i) ASSERT_TRUE(store.append(alice, Added{1}));
    OnceProbe probe;
    const auto divergence = found(probe);
    ASSERT_TRUE(divergence);
    EXPECT_EQ(divergence->cause, Divergence::Cause::NotRepeatable);
    EXPECT_EQ(divergence->event, Sequence(8));
    EXPECT_EQ(divergence->folded, "109");
    EXPECT_EQ(divergence->other, "9");
}

TEST_F(DivergenceProbe, AnErrorOfAnyFoldEndsIt) {
    for (int i = 0; i < 9; ++i) ASSERT_TRUE(store.append(alice, Added{1}));
    for (const bool is_wrong : {false, true}) {
        Probe whole;
        if (is_wrong) whole.lost = Sequence(7);
        EXPECT_EQ(found(whole).has_value(), is_wrong);
        for (std::uint64_t at = 1; at <= whole.folds; ++at) {
            Probe probe;
            if (is_wrong) probe.lost = Sequence(7);
            probe.fails_at = at;
            EXPECT_EQ(testing::code_of(look(probe)), ErrorCode::Io) << at;
            EXPECT_EQ(probe.folds, at) << "and nothing is folded after it";
        }
    }
}

// A state that no JSON can say is shown as its bytes.
class OddProbe final : public Probe {
public:
    Result<Bytes> fold(Sequence) override {
        return Bytes{std::byte{0xC1}, static_cast<std::byte>(++folds)};
    }
};

TEST_F(DivergenceProbe, BytesThatAreNoJsonAreShownAsTheyAre) {
    ASSERT_TRUE(store.append(alice, Added{1}));
    OddProbe probe;
    const auto divergence = found(probe);
    ASSERT_TRUE(divergence);
    EXPECT_EQ(divergence->folded, "0xc103");
    EXPECT_EQ(divergence->other, "0xc104");
}

TEST_F(DivergenceProbe, ALogWithoutEventsOfTheProjectionIsNotFolded) {
    ASSERT_TRUE(store.append(bob, Added{1}));
    Probe probe;
    probe.fails_at = 1;
    const ProjectionReport report = look(probe).value();
    EXPECT_EQ(report.events, 0U);
    EXPECT_FALSE(report.divergence);
    EXPECT_EQ(probe.folds, 0U);
}

TEST(Divergence, IsALineOfWordsAndTheTwoStates) {
    const auto text = [](Divergence::Cause cause) {
        return Divergence{cause, Sequence(7), "{1}", "{2}"}.to_string();
    };
    EXPECT_EQ(text(Divergence::Cause::NotRepeatable),
              "two folds of the same events differ after event 7\n  folded: {1}\n  other:  {2}");
    EXPECT_EQ(text(Divergence::Cause::StateNotWhole),
              "a fold that went on from an encoded state differs after event 7\n  folded: {1}\n"
              "  other:  {2}");
    EXPECT_EQ(text(Divergence::Cause::KeptState),
              "the kept state is not what the events make after event 7\n  folded: {1}\n"
              "  other:  {2}");
}

}  // namespace
}  // namespace batpak
