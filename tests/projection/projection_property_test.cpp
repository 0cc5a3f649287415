// Goal:   fold(all events) == fold(kept state, and the events behind it), at every cut, with every
//         way to end up there (INV P3); and what verify_projection() says when it does not hold.
// Method: random logs of several entities and kinds over small segments. At every sequence a state
// is
//         kept of the log as it was then, by a Projector that knows nothing else; then the whole
//         log is projected through it. The expected state is made by hand from a plain list.
#include <gtest/gtest.h>

#include <random>
#include <unordered_map>

#include "batpak/projection/divergence.hpp"
#include "batpak/projection/project.hpp"
#include "batpak/projection/projector.hpp"
#include "batpak/testing/environment.hpp"
#include "support/seeds.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak {
namespace {

using testing::coordinate_of;
using testing::StoreFixture;

struct Added {
    static constexpr auto kind = EventKind::custom(1, 1);
    std::int64_t amount = 0;
};
struct Named {
    static constexpr auto kind = EventKind::custom(1, 2);
    std::string name;
};
struct Noise {
    static constexpr auto kind = EventKind::custom(1, 3);
    int nothing = 0;
};

// Order matters in it, and every event that is left out or taken twice shows.
struct Account {
    static constexpr auto projection = projection_of<Added, Named>("account", 1);
    std::int64_t sum = 0;
    std::uint64_t digest = 7;
    std::optional<std::string> name;
    std::vector<Sequence> last_three;

    void on(const Added& added, const EventView& event) {
        sum += added.amount;
        take(event.sequence());
    }
    void on(const Named& named, const EventView& event) {
        name = named.name;
        take(event.sequence());
    }
    void take(Sequence sequence) {
        digest = digest * 1'000'003 + sequence.value;
        last_three.push_back(sequence);
        if (last_three.size() > 3) last_three.erase(last_three.begin());
    }
    friend bool operator==(const Account&, const Account&) = default;
};

constexpr const char* kEntities[] = {"a", "ab", "b"};

struct PlainEvent {
    std::string entity;
    std::optional<std::int64_t> amount;
    std::optional<std::string> name;
};

struct World {
    explicit World(std::uint64_t seed) : random(seed) { reopen(); }

    std::uint64_t below(std::uint64_t end) { return random() % end; }
    void reopen() {
        if (store) std::move(*store).close().value();
        store.reset();
        store.emplace(Store::open(config.with_projector(projector)).value());
    }
    void append() {
        PlainEvent event{.entity = kEntities[below(3)], .amount = {}, .name = {}};
        const Coordinate who = coordinate_of(event.entity);
        switch (below(3)) {
            case 0:
                event.amount = static_cast<std::int64_t>(below(100)) - 50;
                EXPECT_TRUE(store->append(who, Added{*event.amount}).has_value());
                break;
            case 1:
                event.name = "name " + std::to_string(below(10));
                EXPECT_TRUE(store->append(who, Named{*event.name}).has_value());
                break;
            default: EXPECT_TRUE(store->append(who, Noise{}).has_value());
        }
        events.push_back(event);
    }
    // By hand, of the first `end` events; of every entity if `entity` is empty.
    std::optional<Account> expected(const std::string& entity, std::size_t end) const {
        std::optional<Account> account;
        for (std::size_t i = 0; i < end; ++i) {
            const PlainEvent& event = events[i];
            const bool counts = event.amount || event.name;
            if (!counts || (!entity.empty() && event.entity != entity)) continue;
            if (!account) account.emplace();
            account->sum += event.amount.value_or(0);
            if (event.name) account->name = event.name;
            account->take(Sequence(i));
        }
        return account;
    }

    std::mt19937_64 random;
    StoreConfig config = testing::memory_config().with_segment_bytes(4096);
    std::shared_ptr<Projector> projector;
    std::optional<Store> store;
    std::vector<PlainEvent> events;
};

std::uint64_t seed_of_run() { return testing::number_from_environment("BATPAK_SEED").value_or(1); }

TEST(ProjectionProperty, AFoldIsTheSameFromEveryCut) {
    const std::uint64_t seed = seed_of_run();
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed);
    for (int i = 0; i < 60; ++i) world.append();
    const std::size_t end = world.events.size();
    for (std::size_t cut = 0; cut <= end; ++cut) {
        SCOPED_TRACE("cut " + std::to_string(cut));
        world.projector = std::make_shared<Projector>(ProjectorOptions{});
        world.reopen();
        const StoreView then = world.store->before(Sequence(cut));
        for (const std::string entity : {"a", "ab", "b"}) {
            EXPECT_EQ(then.project<Account>(entity).value(), world.expected(entity, cut));
            EXPECT_EQ(world.store->project<Account>(entity).value(), world.expected(entity, end));
        }
        const Region all = Region::entity_prefix("");
        EXPECT_EQ(then.project<Account>(all).value(), world.expected("", cut).value_or(Account{}));
        EXPECT_EQ(world.store->project<Account>(all).value(), world.expected("", end));
        // Each event was folded once for its entity and once for all, whatever the cut.
        const std::uint64_t handled =
            world.store->count(Region::kinds({Added::kind, Named::kind})).value();
        EXPECT_EQ(world.projector->stats().events_folded, 2 * handled);
        if (::testing::Test::HasFailure()) return;
    }
}

TEST(ProjectionProperty, WhateverIsAskedInWhateverOrderTheAnswerIsTheFold) {
    const std::uint64_t seed = seed_of_run();
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed);
    ProjectorOptions options;
    options.memory_bytes_max = 1500;
    world.projector = std::make_shared<Projector>(options);
    world.reopen();
    for (int step = 0; step < 1500; ++step) {
        const std::size_t end = world.events.size();
        const std::size_t past = world.below(end + 1);
        const std::string entity = kEntities[world.below(3)];
        switch (world.below(8)) {
            case 0: world.reopen(); break;
            case 1: world.projector->forget_memory(); break;
            case 2:
            case 3:
                EXPECT_EQ(world.store->before(Sequence(past)).project<Account>(entity).value(),
                          world.expected(entity, past));
                break;
            case 4:
            case 5:
                EXPECT_EQ(world.store->project<Account>(entity).value(),
                          world.expected(entity, end));
                break;
            default: world.append();
        }
        ASSERT_FALSE(::testing::Test::HasFailure()) << "step " << step;
    }
}

// ---- verify_projection: each way to be no fold of the log is found, at its event

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

}  // namespace
}  // namespace batpak
