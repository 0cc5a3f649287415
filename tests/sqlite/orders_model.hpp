// A read model of two tables for tests, and what it must hold: the fold of a log, done naively.
//
// Threads: thread-compatible
// Errors:  none; what cannot be read throws
#pragma once

#include <map>
#include <string>
#include <utility>

#include "batpak/sqlite/sqlite_read_model.hpp"
#include "batpak/store/store.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::testing {

inline SqliteModel orders_model(std::uint32_t version) {
    SqliteModel model;
    model.name = {"orders", version};
    model.setup = [](SqliteDatabase& db) {
        return db.execute(
            "CREATE TABLE totals (entity TEXT PRIMARY KEY, moves INTEGER NOT NULL, x INTEGER);"
            "CREATE TABLE moves (sequence INTEGER PRIMARY KEY, entity TEXT NOT NULL)");
    };
    model.apply = [](SqliteDatabase& db, const EventView& event) -> Result<void> {
        BATPAK_TRY(const Moved moved, event.as<Moved>());
        // Adds, so that an event that comes twice shows; inserts a key, so that it fails.
        BATPAK_CHECK(
            db.run("INSERT INTO totals VALUES (?1, 1, ?2) ON CONFLICT (entity) DO UPDATE SET"
                   " moves = moves + 1, x = x + ?2",
                   {event.entity, moved.x}));
        BATPAK_CHECK(
            db.run("INSERT INTO moves VALUES (?1, ?2)", {event.sequence().value, event.entity}));
        return {};
    };
    return model;
}

// entity -> (moves, sum of x)
using Totals = std::map<std::string, std::pair<std::int64_t, std::int64_t>>;

inline Totals totals_in(SqliteDatabase& db) {
    Totals totals;
    SqliteRows rows = db.query("SELECT entity, moves, x FROM totals", {}).value();
    while (rows.next().value()) totals[rows.text(0)] = {rows.integer(1), rows.integer(2)};
    return totals;
}

inline Totals totals_of(const StoreReads& store, Sequence end) {
    Totals totals;
    for (const auto& event : store.query(Region::kinds({Moved::kind}).before(end))) {
        auto& [moves, x] = totals[std::string(event.value().entity)];
        ++moves;
        x += event.value().as<Moved>().value().x;
    }
    return totals;
}

}  // namespace batpak::testing
