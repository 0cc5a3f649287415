// Backs a store up while it is written to, loses it, restores it, and sees what a consumer that
// keeps its position elsewhere is told.
#include <fmt/format.h>
#include <batpak/batpak.hpp>
#include <batpak/fmt.hpp>

#include <filesystem>
#include <thread>

namespace {

using namespace batpak;

struct OrderPlaced {
    static constexpr auto kind = EventKind::custom(0x1, 1);
    std::int64_t cents = 0;
};

const CursorId kInvoices("invoices");

void place_orders(Store& store, int count) {
    for (int i = 0; i < count; ++i) {
        const auto order = Coordinate::create("order:" + std::to_string(i), "shop").value();
        store.append(order, OrderPlaced{100 + i}).value();
    }
}

// Reads on from a position that was kept outside the store, to the end.
Result<CursorPosition> read_on(Store& store, const CursorStart& start, int& invoices) {
    CursorOptions options;
    options.start = start;
    BATPAK_TRY(Cursor cursor, store.cursor_guaranteed(Region::scope("shop"), kInvoices, options));
    for (;;) {
        BATPAK_TRY(const auto event, cursor.poll());
        if (!event) return cursor.position();
        ++invoices;
    }
}

// A copy of a store that another thread writes to, and then a second one that shares its files.
SnapshotReport back_up() {
    Store store = Store::open(StoreConfig("shop").with_segment_bytes(4096)).value();
    place_orders(store, 200);
    std::jthread busy([&store] { place_orders(store, 200); });
    const SnapshotReport monday = store.snapshot("backup/monday").value();
    busy.join();
    const SnapshotReport tuesday =
        store.snapshot("backup/tuesday", {.previous = "backup/monday"}).value();
    fmt::print("monday: {} events or more: {}\n", 200, monday.end >= Sequence(200));
    fmt::print("tuesday: {} events, shares files: {}\n", tuesday.end,
               tuesday.bytes_shared > tuesday.bytes / 3);
    return tuesday;
}

}  // namespace

int main() {
    const SnapshotReport backup = back_up();

    // After the snapshot the shop goes on, and an invoice is written for each order. How far that
    // came is kept by the one who writes them.
    int invoices = 0;
    CursorPosition kept;
    CursorPosition early;
    {
        Store store = Store::open(StoreConfig("shop")).value();
        early = read_on(store, CursorStart::beginning(), invoices).value();
        place_orders(store, 10);
        kept = read_on(store, CursorStart::from(early), invoices).value();
    }
    fmt::print("{} invoices\n", invoices);

    // The disk is lost, and the newest snapshot becomes the store.
    std::filesystem::remove_all("shop");
    const RestoreReport restored = restore(StoreConfig("backup/tuesday"), "shop").value();
    Store store = Store::open(StoreConfig("shop")).value();
    fmt::print("restored {} events; a new log: {}\n", restored.end,
               restored.log_id != restored.restored);
    fmt::print("whole: {}\n", !store.verify().value().damage.has_value());

    // New orders take the places of the ten that are lost. Who has seen those is told so, and where
    // to begin again; who has not, goes on.
    place_orders(store, 20);
    const Result<CursorPosition> refused = read_on(store, CursorStart::from(kept), invoices);
    fmt::print("ten too far: {} at event {}\n", to_string(refused.error().code()),
               refused.error().sequence().value_or(Sequence(0)));
    invoices = 0;
    read_on(store, CursorStart::from(early), invoices).value();
    fmt::print("in time: {} invoices more\n", invoices);

    const bool as_expected = refused.error().sequence() == backup.end && invoices == 20;
    return as_expected ? 0 : 1;
}
