// A cursor: every event, in order, from where the last run left off.
#include <batpak/batpak.hpp>

#include <string>

using batpak::Coordinate;
using batpak::Cursor;
using batpak::CursorId;
using batpak::EventView;
using batpak::Region;
using batpak::Result;
using batpak::Store;

struct Measured {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x001);
    double celsius = 0;
};

// Handles at most `max` events that were not handled yet, then stores how far it is.
Result<void> handle(Store& store, const char* run, int max) {
    BATPAK_TRY(Cursor cursor, store.cursor_guaranteed(Region::scope("roof"), CursorId("display")));
    fmt::print("{}:", run);
    for (int i = 0; i < max; ++i) {
        BATPAK_TRY(const std::optional<EventView> event, cursor.poll());
        if (!event) break;  // all of the log was delivered
        BATPAK_TRY(const Measured measured, event->as<Measured>());
        fmt::print(" {}", measured.celsius);
    }
    fmt::print("\n");
    BATPAK_CHECK(cursor.commit());
    return {};
}

Result<void> run() {
    BATPAK_TRY(Store store, Store::open(batpak::StoreConfig("./weather")));
    BATPAK_TRY(const Coordinate roof, Coordinate::create("station:1", "roof"));
    for (int i = 1; i <= 5; ++i) BATPAK_CHECK(store.append(roof, Measured{10.0 + i}));

    BATPAK_CHECK(handle(store, "first run", 3));
    BATPAK_CHECK(handle(store, "second run", 100));
    BATPAK_CHECK(handle(store, "nothing new", 100));
    BATPAK_CHECK(store.append(roof, Measured{16}));
    BATPAK_CHECK(handle(store, "one more", 100));
    BATPAK_CHECK(std::move(store).close());
    return {};
}

int main() { run().value(); }
