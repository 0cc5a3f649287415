// counter: the smallest projection: how often each door was used, kept over restarts.
//
// The first run appends and folds everything; the second one, in a new Projector as in a new
// process, goes on from the state in the file cache and folds only what was appended since.
#include <fmt/format.h>

#include <batpak/batpak.hpp>
#include <batpak/projection/project.hpp>
#include <batpak/projection/projection_cache.hpp>
#include <batpak/projection/projector.hpp>
#include <cstdlib>
#include <memory>

namespace {

using batpak::Coordinate;
using batpak::Result;
using batpak::Store;

// [counter]
struct DoorUsed {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 1);
    int people = 0;
};

struct Counter {
    static constexpr auto projection = batpak::projection_of<DoorUsed>("counter", /*version*/ 1);
    std::uint64_t times = 0;
    std::uint64_t people = 0;

    void on(const DoorUsed& used) {
        ++times;
        people += static_cast<std::uint64_t>(used.people);
    }
};
// [/counter]

struct Run {
    Counter counter;
    batpak::ProjectorStats stats;
};

// [run]
Result<Run> use_door(int times) {
    batpak::ProjectorOptions options;
    BATPAK_TRY(options.cache, batpak::FileCache::open("./counter-states"));
    const auto projector = std::make_shared<batpak::Projector>(options);
    BATPAK_TRY(Store store, Store::open(batpak::StoreConfig("./counter-data")
                                            .with_sync_every_n_events(1000)
                                            .with_projector(projector)));
    BATPAK_TRY(const Coordinate door, Coordinate::create("door:front", "house"));
    for (int i = 0; i < times; ++i) BATPAK_CHECK(store.append(door, DoorUsed{1 + i % 3}));
    BATPAK_TRY(const auto counter, store.project<Counter>(door.entity()));
    BATPAK_CHECK(std::move(store).close());
    return Run{counter.value_or(Counter{}), projector->stats()};
}
// [/run]

Result<bool> run() {
    BATPAK_TRY(const Run first, use_door(900));
    BATPAK_TRY(const Run second, use_door(100));
    for (const Run& each : {first, second}) {
        fmt::print("the door was used {} times by {} people; {} events were folded\n",
                   each.counter.times, each.counter.people, each.stats.events_folded);
    }
    return first.counter.people == 1800 && first.stats.events_folded == 900 &&
           second.counter.times == 1000 && second.counter.people == 1999 &&
           second.stats.events_folded == 100;
}

}  // namespace

int main() {
    const auto right = run();
    if (!right) fmt::print(stderr, "counter: {}\n", right.error());
    return right && *right ? EXIT_SUCCESS : EXIT_FAILURE;
}
