// From a table in SQLite to events: a row at a time, each once, and again as long as the old
// program still writes.
#include <sqlite3.h>

#include <batpak/batpak.hpp>
#include <batpak/sqlite/sqlite_database.hpp>
#include <cstdlib>
#include <string>

using batpak::Coordinate;
using batpak::EventKind;
using batpak::Result;
using batpak::SqliteDatabase;
using batpak::Store;

struct Booked {
    static constexpr auto kind = EventKind::custom(0x4, 0x001);
    std::int64_t cents = 0;
    std::string text;
};

// What the old program does; here only so that there is something to migrate.
void old_program(const std::string& sql) {
    sqlite3* database = nullptr;
    if (sqlite3_open("old.db", &database) != SQLITE_OK) std::abort();
    if (sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) std::abort();
    sqlite3_close(database);
}

// Appends what is not there yet. The key makes it safe to run again, and to be killed at any place.
Result<int> migrate(Store& store) {
    BATPAK_TRY(SqliteDatabase old, SqliteDatabase::open_read_only("old.db"));
    BATPAK_TRY(auto rows,
               old.query("SELECT id, account, cents, text, at FROM bookings ORDER BY id", {}));
    int appended = 0;
    for (;;) {
        BATPAK_TRY(const bool more, rows.next());
        if (!more) return appended;
        BATPAK_TRY(const Coordinate account, Coordinate::create("account:" + rows.text(1), "bank"));
        batpak::AppendOptions options;
        options.idempotency_key = "bookings/" + rows.text(0);
        options.durability = batpak::Durability::Buffered;  // one sync at the end
        BATPAK_CHECK(options.metadata.set("booked-at", rows.text(4)));
        BATPAK_TRY(const auto receipt,
                   store.append(account, Booked{rows.integer(2), rows.text(3)}, options));
        if (!receipt.replayed) ++appended;
    }
}

struct Total {
    static constexpr auto projection = batpak::projection_of<Booked>("total", 1);
    std::int64_t cents = 0;
    void on(const Booked& booked) { cents += booked.cents; }
};

// Both say the same, or the migration is not done.
Result<bool> agree(const Store& store) {
    BATPAK_TRY(SqliteDatabase old, SqliteDatabase::open_read_only("old.db"));
    BATPAK_TRY(const auto sum, old.integer("SELECT sum(cents) FROM bookings", {}));
    BATPAK_TRY(const Total total, store.project<Total>(batpak::Region::scope("bank")));
    return sum == total.cents;
}

Result<void> run() {
    old_program(
        "CREATE TABLE bookings (id INTEGER PRIMARY KEY, account, cents, text, at);"
        "INSERT INTO bookings (account, cents, text, at) VALUES"
        " ('ada', 5000, 'salary', '2025-12-01'), ('bob', 300, 'refund', '2025-12-02'),"
        " ('ada', -1200, 'rent', '2025-12-03')");
    BATPAK_TRY(Store store, Store::open(batpak::StoreConfig("./bank")));
    BATPAK_TRY(const int first, migrate(store));
    old_program(
        "INSERT INTO bookings (account, cents, text, at)"
        " VALUES ('bob', -100, 'tea', '2025-12-04')");
    BATPAK_TRY(const int second, migrate(store));
    BATPAK_TRY(const int third, migrate(store));
    BATPAK_CHECK(store.sync());
    BATPAK_TRY(const bool equal, agree(store));
    fmt::print("appended {}, then {}, then {}; the sums agree: {}\n", first, second, third, equal);
    BATPAK_CHECK(std::move(store).close());
    return {};
}

int main() { run().value(); }
