// Goal:   whenever the power goes, a machine that is read back is in the state before or after the
//         transition that was under way, with the data of that state, and goes on from there (INV
//         M1, M2).
// Method: a game of nine transitions, durable, in a program that is crashed at every call to the
//         disk, with every kind of loss. What it was told is kept outside. Restarted, it goes on
//         where the log says that it is, up to the end.
#include <gtest/gtest.h>

#include "batpak/testing/scenario.hpp"
#include "machine/machines.hpp"

namespace batpak::testing {
namespace {

// What the game is at each of its versions, written down by hand.
struct Moment {
    std::string_view state;
    std::size_t players;
    int score;
};
constexpr std::array<Moment, 10> kMoments{{{"waiting", 0, 0},
                                           {"waiting", 1, 0},
                                           {"waiting", 2, 0},
                                           {"Playing", 2, 0},
                                           {"Playing", 2, 5},
                                           {"Playing", 2, 5},
                                           {"Playing", 2, 12},
                                           {"Playing", 2, 13},
                                           {"Playing", 2, 33},
                                           {"Over", 0, 33}}};

struct Outside {
    std::size_t acknowledged = 0;  // transitions
};

Moment moment_of(const AnyState<Game>& game) {
    if (const auto* lobby = game.get_if<game::Lobby>())
        return {game.name(), lobby->players.size(), 0};
    if (const auto* playing = game.get_if<game::Playing>())
        return {game.name(), playing->players.size(), playing->score};
    return {game.name(), 0, game.get_if<game::Over>()->score};
}

bool is_moment(const AnyState<Game>& game, std::size_t version) {
    const Moment found = moment_of(game);
    return found.state == kMoments[version].state && found.players == kMoments[version].players &&
           found.score == kMoments[version].score;
}

Result<Transitioned<AnyState<Game>>> play(Store& store, const Coordinate& here,
                                          AnyState<Game>&& game, std::size_t version) {
    switch (version) {
        case 0: return store.transition(here, std::move(game), game::Joined{"alice"});
        case 1: return store.transition(here, std::move(game), game::Joined{"bob"});
        case 2: return store.transition(here, std::move(game), game::Started{});
        case 4: return store.transition(here, std::move(game), game::Paused{});
        case 8: return store.transition(here, std::move(game), game::Ended{});
        default: break;
    }
    constexpr std::array<int, 8> kPoints{0, 0, 0, 5, 0, 7, 1, 20};
    return store.transition(here, std::move(game), game::Scored{kPoints[version]});
}

std::size_t version_of(const Store& store) { return store.count(Region::entity("game:1")).value(); }

Result<void> run(const Environment& machine, Outside& outside) {
    BATPAK_TRY(Store store, Store::open(StoreConfig("games").with_environment(machine)));
    const Coordinate here = door_at("game:1");
    BATPAK_TRY(AnyState<Game> game, Game::load(store, here));
    for (std::size_t version = version_of(store); version < kMoments.size() - 1; ++version) {
        if (!is_moment(game, version)) return fail(ErrorCode::InvalidArgument, "no such moment");
        BATPAK_TRY(auto done, play(store, here, std::move(game), version));
        outside.acknowledged = version + 1;
        game = std::move(done.state);
    }
    BATPAK_CHECK(std::move(store).close());
    return {};
}

// What a restarted program finds, before it goes on.
Result<void> resume(const Environment& machine, Outside& outside) {
    {
        BATPAK_TRY(const Store store, Store::open(StoreConfig("games").with_environment(machine)));
        BATPAK_TRY(const AnyState<Game> game, store.machine<Game>("game:1"));
        const std::size_t version = version_of(store);
        // Before or after the transition that was under way: nothing else.
        if (version != outside.acknowledged && version != outside.acknowledged + 1)
            return fail(ErrorCode::InvalidArgument, "at version " + std::to_string(version));
        if (!is_moment(game, version)) return fail(ErrorCode::InvalidArgument, "another state");
    }
    return run(machine, outside);
}

TEST(MachineCrash, IsInTheStateBeforeOrAfterTheTransition) {
    const CrashReport report =
        scenario(Outside{}, run)
            .resume(resume)
            .crash_at(any_io)
            .then([](const Environment& machine, const Outside&) -> Result<std::string> {
                BATPAK_TRY(const Store store,
                           Store::open(StoreConfig("games").with_environment(machine)));
                BATPAK_TRY(const AnyState<Game> game, store.machine<Game>("game:1"));
                return std::string(is_moment(game, 9) ? "" : "the game does not end as it should");
            });
    EXPECT_TRUE(report.ok()) << report.to_string();
    EXPECT_GT(report.crashes, 100U);
}

}  // namespace
}  // namespace batpak::testing
