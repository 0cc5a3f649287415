// One event: by its id, its place in the store, its place in its stream, its key; or the latest.
#include <batpak/batpak.hpp>
#include <batpak/json.hpp>

using batpak::Coordinate;
using batpak::ReadCheck;
using batpak::Result;
using batpak::Sequence;
using batpak::Store;
using batpak::Version;

struct Measured {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x001);
    double celsius = 0;
};

Result<void> run() {
    BATPAK_TRY(Store store, Store::open(batpak::StoreConfig("./weather")));
    BATPAK_TRY(const Coordinate roof, Coordinate::create("station:1", "roof"));
    BATPAK_TRY(const auto first, store.append(roof, Measured{17.5}));
    BATPAK_CHECK(store.append(roof, Measured{18.25}, {.idempotency_key = "noon"}));

    BATPAK_TRY(const auto by_id, store.get<Measured>(first.event_id));
    BATPAK_TRY(const auto by_sequence, store.get<Measured>(Sequence(1)));
    BATPAK_TRY(const auto by_version, store.find({"station:1", Version(1)}));
    BATPAK_TRY(const auto by_key, store.find_key("noon"));
    BATPAK_TRY(const auto latest, store.latest<Measured>("station:1"));
    fmt::print("by id: {}; by sequence: {}\n", by_id.payload().celsius,
               by_sequence.payload().celsius);
    fmt::print("by version and by key it is the same event: {}\n",
               by_key && (*by_key)->event_id() == by_version->event_id());
    fmt::print("latest: {}\n", latest ? latest->payload().celsius : 0);

    // Not found is an error where one event was asked for, and nothing where there may be none.
    const auto beyond = store.get<Measured>(Sequence(7));
    BATPAK_TRY(const auto unknown, store.latest<Measured>("station:2"));
    fmt::print("{}; station 2 has {}\n", beyond.error(), unknown ? "some" : "none");

    // Without the struct: as JSON. With the hash checked as well: ReadCheck::Hash.
    BATPAK_TRY(const auto any, store.get<nlohmann::json>(Sequence(0), ReadCheck::Hash));
    fmt::print("{} {} {}\n", any.coordinate, any.event.header.kind, any.payload().dump());
    BATPAK_CHECK(std::move(store).close());
    return {};
}

int main() { run().value(); }
