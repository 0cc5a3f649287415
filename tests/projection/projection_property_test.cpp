// Goal:   fold(all events) == fold(kept state, and the events behind it), at every cut, with every
//         way to end up there (INV P3).
// Method: random logs of several entities and kinds over small segments. At every sequence a state
// is
//         kept of the log as it was then, by a Projector that knows nothing else; then the whole
//         log is projected through it. The expected state is made by hand from a plain list.
#include <gtest/gtest.h>

#include <random>

#include "batpak/projection/project.hpp"
#include "batpak/projection/projector.hpp"
#include "batpak/testing/environment.hpp"
#include "support/seeds.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::projection_property_test {
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

}  // namespace
}  // namespace batpak::projection_property_test
