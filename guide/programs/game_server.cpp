// A game server: a match from lobby to end, what the players carry, and who brought Bob down.
#include <batpak/batpak.hpp>

#include <map>
#include <string>

using batpak::Coordinate;
using batpak::EventKind;
using batpak::On;
using batpak::Region;
using batpak::Result;
using batpak::Store;

struct MatchStarted {
    static constexpr auto kind = EventKind::custom(0x1, 0x001);
};
struct MatchEnded {
    static constexpr auto kind = EventKind::custom(0x1, 0x002);
    std::string winner;
};
struct ItemTaken {
    static constexpr auto kind = EventKind::custom(0x1, 0x003);
    std::string item;
};
struct Hit {  // in the stream of the player who is hit
    static constexpr auto kind = EventKind::custom(0x1, 0x004);
    std::string by, with;
    int damage = 0;
};

// A match cannot end before it starts: the transition would not compile.
struct Lobby {};
struct Running {};
struct Over {};
using Match =
    batpak::StateMachine<"match", On<Lobby, MatchStarted, Running>, On<Running, MatchEnded, Over>>;

struct Player {
    static constexpr auto projection = batpak::projection_of<ItemTaken, Hit>("player", 1);
    std::map<std::string, int> items;
    int health = 100;

    void on(const ItemTaken& taken) { ++items[taken.item]; }
    void on(const Hit& hit) { health -= hit.damage; }
};

Coordinate in_match(const std::string& entity) {
    return Coordinate::create(entity, "match:7").value();
}

Result<void> play(Store& store) {
    const Coordinate match = in_match("match:7");
    BATPAK_TRY(auto running, store.transition(match, Match::start(store, match), MatchStarted{}));
    const Coordinate ada = in_match("player:ada");
    const Coordinate bob = in_match("player:bob");
    BATPAK_CHECK(store.append(ada, ItemTaken{"bow"}));
    BATPAK_CHECK(store.append(bob, ItemTaken{"potion"}));
    BATPAK_CHECK(store.append(bob, Hit{"player:ada", "bow", 60}));
    BATPAK_CHECK(store.append(bob, Hit{"player:ada", "bow", 45}));
    // The end of a match must survive a power cut, whatever the steps before it may lose.
    BATPAK_CHECK(store.transition(match, std::move(running.state), MatchEnded{"player:ada"},
                                  {.durability = batpak::Durability::Durable}));
    return {};
}

// Replays Bob's stream until Bob's health is gone.
Result<void> who_did_it(const Store& store) {
    for (const auto& event : store.query(Region::entity("player:bob").with_kind<Hit>())) {
        if (!event) return batpak::fail(event.error());
        BATPAK_TRY(const auto then, store.as_of(event->sequence()).project<Player>(event->entity));
        BATPAK_TRY(const Hit hit, event->as<Hit>());
        fmt::print("event {}: {} hits with a {}, bob has {}\n", event->sequence(), hit.by, hit.with,
                   then->health);
    }
    return {};
}

Result<void> run() {
    // A step of the game is acknowledged when the operating system has it; each 1,000th syncs.
    BATPAK_TRY(Store store,
               Store::open(batpak::StoreConfig("./games").with_sync_every_n_events(1000)));
    BATPAK_TRY(auto screen, store.subscribe_lossy(Region::scope("match:7")));
    BATPAK_CHECK(play(store));

    int seen = 0;
    while (auto item = screen.try_next().value()) seen += item->lag() ? 0 : 1;
    BATPAK_TRY(const auto bob, store.project<Player>("player:bob"));
    BATPAK_TRY(const auto match, store.machine<Match>("match:7"));
    fmt::print("the screen saw {} events; the match is {}; bob carries {} item\n", seen,
               match.name(), bob->items.size());
    BATPAK_CHECK(who_did_it(store));
    BATPAK_CHECK(std::move(store).close());
    return {};
}

int main() { run().value(); }
