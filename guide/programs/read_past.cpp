// The store as it was, and what led to an event.
#include <batpak/batpak.hpp>

#include <string>

using batpak::AppendOptions;
using batpak::Coordinate;
using batpak::EventKind;
using batpak::Region;
using batpak::Result;
using batpak::Store;

struct Measured {
    static constexpr auto kind = EventKind::custom(0x1, 0x001);
    double celsius = 0;
};
struct AlarmRaised {
    static constexpr auto kind = EventKind::custom(0x1, 0x002);
    std::string text;
};
struct FanStarted {
    static constexpr auto kind = EventKind::custom(0x1, 0x003);
};

Result<void> show(const char* when, const batpak::StoreReads& store) {
    BATPAK_TRY(const auto latest, store.find_latest("station:1"));
    BATPAK_TRY(const std::uint64_t count, store.count(Region::all()));
    fmt::print("{}: events {}, the latest of the station is {}\n", when, count,
               latest ? to_string((*latest)->sequence()) : "none");
    return {};
}

Result<void> run() {
    BATPAK_TRY(Store store, Store::open(batpak::StoreConfig("./weather")));
    BATPAK_TRY(const Coordinate station, Coordinate::create("station:1", "roof"));
    BATPAK_TRY(const Coordinate fan, Coordinate::create("fan:1", "roof"));
    BATPAK_TRY(const auto measured, store.append(station, Measured{39.5}));

    // Each event names the one that caused it. All three are one story: one correlation.
    BATPAK_TRY(const auto heat, store.find(measured.event_id));
    BATPAK_TRY(const auto raised, store.append(station, AlarmRaised{"too hot"},
                                               AppendOptions::reaction_to(heat->header)));
    BATPAK_TRY(const auto alarm, store.find(raised.event_id));
    BATPAK_TRY(const auto started,
               store.append(fan, FanStarted{}, AppendOptions::reaction_to(alarm->header)));

    BATPAK_CHECK(show("now", store));
    BATPAK_CHECK(show("before anything", store.before(batpak::Sequence(0))));
    BATPAK_CHECK(show("when it was measured", store.as_of(measured.sequence)));
    BATPAK_TRY(const auto then, store.as_of_time(raised.hlc.us));
    BATPAK_CHECK(show("at the time of the alarm", then));

    BATPAK_TRY(const auto why,
               store.walk_ancestors(started.event_id, batpak::Ancestry::Cause, /*limit*/ 10));
    fmt::print("why does the fan run?");
    for (const auto& event : why.events) fmt::print(" {}", event.sequence());
    BATPAK_TRY(const auto effects, store.count(Region::all().with_causation(measured.event_id)));
    BATPAK_TRY(const auto story, store.count(Region::all().with_correlation(measured.event_id)));
    fmt::print("; the heat caused {} event, its story has {}\n", effects, story);
    BATPAK_CHECK(std::move(store).close());
    return {};
}

int main() { run().value(); }
