// Tables in SQLite that hold each event exactly once, whatever dies when.
#include <batpak/batpak.hpp>
#include <batpak/sqlite/sqlite_read_model.hpp>
#include <string>

using batpak::Coordinate;
using batpak::EventView;
using batpak::Result;
using batpak::SqliteDatabase;
using batpak::SqliteModel;
using batpak::SqliteReadModel;
using batpak::Store;

struct Sold {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x001);
    std::string article;
    std::int64_t cents = 0;
};

SqliteModel sales() {
    SqliteModel model;
    model.name = {"sales", 1};
    model.region = batpak::Region::scope("shop").with_kind<Sold>();
    model.setup = [](SqliteDatabase& db) {
        return db.execute("CREATE TABLE sales (article TEXT PRIMARY KEY, pieces, cents)");
    };
    model.apply = [](SqliteDatabase& db, const EventView& event) -> Result<void> {
        BATPAK_TRY(const Sold sold, event.as<Sold>());
        BATPAK_CHECK(
            db.run("INSERT INTO sales VALUES (?1, 1, ?2) ON CONFLICT (article)"
                   " DO UPDATE SET pieces = pieces + 1, cents = cents + ?2",
                   {sold.article, sold.cents}));
        return {};
    };
    return model;
}

// Continues where the tables are, as after a restart.
Result<void> bring_up_to_date(Store& store) {
    BATPAK_TRY(SqliteReadModel model, SqliteReadModel::open("./sales.db", sales()));
    batpak::ProjectionRunner runner(store);
    BATPAK_CHECK(runner.add(model));
    BATPAK_CHECK(runner.catch_up());
    return {};
}

// Any program may ask, while the tables are kept up to date.
Result<void> show() {
    BATPAK_TRY(SqliteDatabase db, SqliteDatabase::open_read_only("./sales.db"));
    BATPAK_TRY(auto rows,
               db.query("SELECT article, pieces, cents FROM sales ORDER BY cents DESC", {}));
    for (;;) {
        BATPAK_TRY(const bool more, rows.next());
        if (!more) break;
        fmt::print("  {}: {} sold for {} cents\n", rows.text(0), rows.integer(1), rows.integer(2));
    }
    BATPAK_TRY(const auto position, batpak::model_position(db));
    fmt::print("  made of the log up to {}\n", position->next);
    return {};
}

Result<void> run() {
    BATPAK_TRY(Store store, Store::open(batpak::StoreConfig("./shop")));
    BATPAK_TRY(const Coordinate till, Coordinate::create("till:1", "shop"));
    for (const char* article : {"tea", "mug", "tea"}) {
        BATPAK_CHECK(store.append(till, Sold{article, article[0] == 't' ? 450 : 1200}));
    }
    BATPAK_CHECK(bring_up_to_date(store));
    BATPAK_CHECK(show());
    BATPAK_CHECK(store.append(till, Sold{"tea", 450}));
    BATPAK_CHECK(bring_up_to_date(store));
    BATPAK_CHECK(show());
    BATPAK_CHECK(std::move(store).close());
    return {};
}

int main() { run().value(); }
