// Many events: regions, directions, pages, counts and lists.
#include <batpak/batpak.hpp>

#include <string>

using batpak::Coordinate;
using batpak::Direction;
using batpak::EventKind;
using batpak::Names;
using batpak::QueryOptions;
using batpak::Region;
using batpak::Result;
using batpak::Store;
using batpak::StoredEvent;

struct Measured {
    static constexpr auto kind = EventKind::custom(0x1, 0x001);
    double celsius = 0;
};
struct Repaired {
    static constexpr auto kind = EventKind::custom(0x2, 0x001);
    std::string what;
};

Result<void> fill(Store& store) {
    for (int hour = 0; hour < 6; ++hour) {
        const std::string station = "station:" + std::to_string(1 + hour % 2);
        const char* where = hour % 2 == 0 ? "roof" : "cellar";
        BATPAK_TRY(const Coordinate place, Coordinate::create(station, where));
        BATPAK_CHECK(store.append(place, Measured{10.0 + hour}));
        if (hour == 3) BATPAK_CHECK(store.append(place, Repaired{"fan"}));
    }
    return {};
}

std::string sequences(const std::vector<StoredEvent<batpak::Bytes>>& events) {
    std::string text;
    for (const auto& event : events) text += ' ' + to_string(event.sequence());
    return text;
}

Result<void> ask(const Store& store, const char* what, const Region& region) {
    BATPAK_TRY(const auto events, store.query(region).collect());
    fmt::print("{:26}{}\n", what, sequences(events));
    return {};
}

// Forward, a page goes on after the last event; backward, it ends before it.
Result<void> pages(const Store& store, QueryOptions options) {
    const bool forward = options.direction == Direction::Forward;
    fmt::print("pages {:20}", forward ? "forward" : "backward");
    for (;;) {
        BATPAK_TRY(const auto page, store.query(Region::all(), options).collect());
        if (page.empty()) break;
        fmt::print(" |{}", sequences(page));
        if (forward) options.from = page.back().sequence().next();
        if (!forward) options.end = page.back().sequence();
    }
    fmt::print("\n");
    return {};
}

Result<void> run() {
    BATPAK_TRY(Store store, Store::open(batpak::StoreConfig("./weather")));
    BATPAK_CHECK(fill(store));

    const Region roof = Region::scope("roof");
    BATPAK_CHECK(ask(store, "a scope", roof));
    BATPAK_CHECK(ask(store, "a kind", Region::all().with_kind<Repaired>()));
    BATPAK_CHECK(ask(store, "a category of kinds", Region::all().with_category(0x1)));
    BATPAK_CHECK(
        ask(store, "an entity, from version 1",
            Region::entity("station:2").with_versions(batpak::Version(1), batpak::Version(9))));
    BATPAK_CHECK(ask(store, "either", roof | Region::all().with_kind<Repaired>()));
    BATPAK_CHECK(
        ask(store, "both", roof & Region::entity_prefix("station:").before(batpak::Sequence(3))));
    BATPAK_CHECK(pages(store, {.limit = 3}));
    BATPAK_CHECK(pages(store, {.direction = Direction::Backward, .limit = 3}));

    BATPAK_TRY(const std::uint64_t count, store.count(roof));
    BATPAK_TRY(const auto entities, store.names(Names::Entities, "station:"));
    BATPAK_TRY(const auto scopes, store.names(Names::Scopes));
    BATPAK_TRY(const auto kinds, store.catalogue());
    fmt::print("{} on the roof; {} stations, {} scopes, {} kinds\n", count, entities.size(),
               scopes.size(), kinds.size());
    BATPAK_CHECK(std::move(store).close());
    return {};
}

int main() { run().value(); }
