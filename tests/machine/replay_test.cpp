// A machine that is read back, against a fold that has never heard of the table.
#include <gtest/gtest.h>

#include <iostream>
#include <random>

#include "batpak/store/batch.hpp"
#include "batpak/testing/environment.hpp"
#include "machine/machines.hpp"
#include "support/seeds.hpp"

namespace batpak::testing::replay_test {
namespace {

// The game as somebody who has never heard of the table would fold it.
struct NaiveGame {
    std::string state = "waiting";
    std::vector<std::string> players;
    int score = 0;

    void on(const StoredEvent<Value>& event) {
        const EventKind kind = event.event.header.kind;
        if (kind == game::Joined::kind)
            players.push_back(*event.payload().find("who")->as_string());
        if (kind == game::Started::kind) state = "Playing";
        if (kind == game::Scored::kind)
            score += static_cast<int>(event.payload().find("points")->as_i64().value());
        if (kind == game::Ended::kind) state = "Over";
    }
};

void expect_same(const AnyState<Game>& loaded, const NaiveGame& naive) {
    EXPECT_EQ(loaded.name(), naive.state);
    if (const auto* lobby = loaded.get_if<game::Lobby>()) {
        EXPECT_EQ(lobby->players, naive.players);
    }
    if (const auto* playing = loaded.get_if<game::Playing>()) {
        EXPECT_EQ(playing->players, naive.players);
        EXPECT_EQ(playing->score, naive.score);
    }
    if (const auto* over = loaded.get_if<game::Over>()) {
        EXPECT_EQ(over->score, naive.score);
    }
}

std::uint64_t printed_seed() {
    const std::uint64_t seed =
        number_from_environment("BATPAK_SEED").value_or(std::random_device()());
    std::cout << "BATPAK_SEED=" << seed << '\n';
    return seed;
}

// Goal:   at every prefix of a stream, the machine that is read back is the naive fold of the
// prefix,
//         and has the version of the stream (INV M2).
// Method: 40 random games, with events of other kinds among them; after each append the machine is
//         read anew. The typed value that the transition gave has to be the same as well.
TEST(MachineReplay, IsTheNaiveFoldAtEveryPrefix) {
    std::mt19937_64 random(printed_seed());
    auto store = Store::open(memory_config()).value();
    for (int round = 0; round < 40; ++round) {
        const Coordinate here = door_at("game:" + std::to_string(round));
        const auto naive = [&] {
            NaiveGame folded;
            auto events = store.stream(here.entity()).collect<Value>().value();
            for (const auto& event : events) folded.on(event);
            return folded;
        };
        for (int step = 0; step < 25; ++step) {
            auto loaded = Game::load(store, here).value();
            const std::uint64_t version = store.stream(here.entity()).collect().value().size();
            EXPECT_EQ(loaded.expected_version(), version == 0
                                                     ? ExpectedVersion::none()
                                                     : ExpectedVersion::exactly(version - 1));
            expect_same(loaded, naive());
            const auto go = [&](const auto& event) {
                auto done = store.transition(here, std::move(loaded), event);
                if (done) expect_same(done->state, naive());
                return done.has_value();
            };
            switch (random() % 12) {
                case 0:
                case 1: go(game::Joined{"player " + std::to_string(step)}); break;
                case 2: go(game::Started{}); break;
                case 3: go(game::Paused{}); break;
                case 4: go(game::Ended{}); break;
                case 5: (void)store.append(here, door::DoorPainted{"blue"}).value(); break;
                default: go(game::Scored{static_cast<int>(random() % 100)}); break;
            }
        }
    }
}

TEST(MachineReplay, OfALongStreamWithManyOtherEvents) {
    auto store = Store::open(memory_config()).value();
    const Coordinate here = door_at("door:1");
    for (int i = 0; i < 20; ++i) {
        BatchBuilder batch;
        for (int other = 0; other < 200; ++other) batch.add(here, door::DoorPainted{"red"});
        if (i % 2 == 0) batch.add(here, door::DoorShut{});
        if (i % 2 == 1) batch.add(here, door::DoorOpened{});
        ASSERT_TRUE(store.append_batch(std::move(batch)));
    }
    const auto loaded = Door::load(store, here).value();
    EXPECT_TRUE(loaded.holds<door::Open>());
    EXPECT_EQ(loaded.expected_version(), ExpectedVersion::exactly(20 * 201 - 1));
}

}  // namespace
}  // namespace batpak::testing::replay_test
