// Tables and their position in one transaction (INV U2, U5), and whose database it is.
#include "batpak/sqlite/sqlite_read_model.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "batpak/readmodel/projection_runner.hpp"
#include "sqlite/orders_model.hpp"
#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

namespace batpak {
namespace {

using testing::code_of;
using testing::Moved;
using testing::orders_model;
using testing::totals_in;
using testing::totals_of;

class SqliteReadModelTest : public testing::StoreFixture {
protected:
    void append(Store& store, int count) {
        for (int i = 0; i < count; ++i) {
            ASSERT_TRUE(store.append(i % 3 == 0 ? bob : alice, Moved{i, 0}));
        }
    }
    SqliteReadModel model() { return SqliteReadModel::open(path, orders_model(1)).value(); }
    SqliteDatabase reader() { return SqliteDatabase::open_read_only(path).value(); }
    std::int64_t count(std::string_view sql) {
        SqliteDatabase db = reader();
        return db.integer(sql, {}).value().value();
    }
    void expect_fold(const Store& store, std::uint64_t end) {
        SqliteDatabase db = reader();
        EXPECT_EQ(totals_in(db), totals_of(store, Sequence(end)));
        EXPECT_EQ(model_position(db).value()->next, Sequence(end));
    }
    static RunnerOptions batches_of(std::uint32_t events) {
        RunnerOptions options;
        options.batch_events_max = events;
        return options;
    }

    testing::TemporaryDirectory directory;
    std::string path = directory / "orders.db";
};

TEST_F(SqliteReadModelTest, HoldsTheFoldAndGoesOnInTheNextProcess) {
    Store store = open();
    append(store, 25);
    {
        SqliteReadModel orders = model();
        EXPECT_FALSE(orders.position().value());
        ProjectionRunner runner(store, batches_of(10));
        ASSERT_TRUE(runner.add(orders));
        for (const std::uint64_t end : {3U, 7U, 20U}) {
            ASSERT_TRUE(runner.run_until(Sequence(end)));
            expect_fold(store, end);
        }
    }
    SqliteReadModel orders = model();
    ProjectionRunner runner(store);
    ASSERT_TRUE(runner.add(orders));
    EXPECT_EQ(runner.status(orders).value().next, Sequence(20));
    // A reader who began before sees his moment until he ends it.
    SqliteDatabase then = reader();
    ASSERT_TRUE(then.execute("BEGIN"));
    EXPECT_EQ(totals_in(then), totals_of(store, Sequence(20)));
    ASSERT_TRUE(runner.catch_up());
    EXPECT_EQ(totals_in(then), totals_of(store, Sequence(20)));
    ASSERT_TRUE(then.execute("COMMIT"));
    EXPECT_EQ(totals_in(then), totals_of(store, Sequence(25)));
    EXPECT_EQ(model_position(then).value()->events, 25U);
}

// Goal:   a handler that fails, anywhere and in any way, has no effect, and its event is taken once
//         when it works again.
// Method: every event fails after its first statement: with an error, an exception, a broken
//         constraint; in batches of several sizes.
TEST_F(SqliteReadModelTest, ABatchWithAHandlerThatFailsLeavesNoTrace) {
    constexpr int kEvents = 6;
    Store store = open();
    append(store, kEvents);
    for (const int way : {0, 1, 2}) {
        for (const std::uint32_t batch : {2U, 100U}) {
            for (std::uint64_t bad = 0; bad < kEvents; ++bad) {
                SCOPED_TRACE(::testing::Message() << way << ' ' << batch << ' ' << bad);
                ASSERT_TRUE(SqliteReadModel::discard(path));
                bool broken = true;
                SqliteModel failing = orders_model(1);
                failing.apply = [&, works = failing.apply](SqliteDatabase& db,
                                                           const EventView& event) -> Result<void> {
                    BATPAK_CHECK(works(db, event));
                    if (!broken || event.sequence().value != bad) return {};
                    if (way == 0) return fail(ErrorCode::DecodeFailed);
                    if (way == 1) throw std::runtime_error("thrown");
                    return works(db, event);
                };
                SqliteReadModel orders = SqliteReadModel::open(path, failing).value();
                ProjectionRunner runner(store, batches_of(batch));
                ASSERT_TRUE(runner.add(orders));
                const std::array codes = {ErrorCode::DecodeFailed, ErrorCode::HandlerFailed,
                                          ErrorCode::SqlFailed};
                const ErrorCode code = codes.at(static_cast<std::size_t>(way));
                EXPECT_EQ(code_of(runner.catch_up()), code);
                EXPECT_EQ(runner.status(orders).value().error->code(), code);
                SqliteDatabase db = reader();
                EXPECT_EQ(totals_in(db), totals_of(store, Sequence(bad)));
                broken = false;
                ASSERT_TRUE(runner.retry(orders));
                ASSERT_TRUE(runner.catch_up());
                EXPECT_EQ(totals_in(db), totals_of(store, Sequence(kEvents)));
            }
        }
    }
}

// The model's code cannot end the transaction, nor move the position.
TEST_F(SqliteReadModelTest, KeepsHandlersInsideTheTransaction) {
    Store store = open();
    append(store, 2);
    for (const char* sql :
         {"COMMIT", "ROLLBACK", "BEGIN", "SAVEPOINT s", "UPDATE batpak_model SET next = 9",
          "DELETE FROM batpak_model", "DROP TABLE batpak_model", "PRAGMA journal_mode=DELETE",
          "ALTER TABLE batpak_model RENAME TO x", "ATTACH 'other.db' AS other"}) {
        for (const bool by_script : {false, true}) {
            SCOPED_TRACE(sql);
            ASSERT_TRUE(SqliteReadModel::discard(path));
            SqliteModel evil = orders_model(1);
            evil.apply = [&, works = evil.apply](SqliteDatabase& db,
                                                 const EventView& event) -> Result<void> {
                BATPAK_CHECK(works(db, event));
                if (event.sequence() == Sequence(0)) return {};
                if (by_script) return db.execute(sql);
                BATPAK_CHECK(db.run(sql, {}));
                return {};
            };
            SqliteReadModel orders = SqliteReadModel::open(path, evil).value();
            ProjectionRunner runner(store, batches_of(1));
            ASSERT_TRUE(runner.add(orders));
            EXPECT_EQ(code_of(runner.catch_up()), ErrorCode::HandlerFailed);
            EXPECT_EQ(runner.status(orders).value().error->code(), ErrorCode::HandlerFailed);
            expect_fold(store, 1);
        }
    }
}

// After a full disk SQLite may have ended the transaction; a handler that goes on regardless must
// not write outside of one.
TEST_F(SqliteReadModelTest, WritesNothingAfterAnErrorThatEndedTheTransaction) {
    Store store = open();
    append(store, 2);
    SqliteModel careless = orders_model(1);
    careless.apply = [&, works = careless.apply](SqliteDatabase& db,
                                                 const EventView& event) -> Result<void> {
        if (event.sequence() == Sequence(1)) {
            // What SQLite does by itself: INSERT OR ROLLBACK is its one way to do it on demand.
            (void)db.run("INSERT OR ROLLBACK INTO moves VALUES (0, 'twice')", {});
            EXPECT_EQ(code_of(works(db, event)), ErrorCode::HandlerFailed);
            return {};
        }
        return works(db, event);
    };
    SqliteReadModel orders = SqliteReadModel::open(path, careless).value();
    ProjectionRunner runner(store, batches_of(1));
    ASSERT_TRUE(runner.add(orders));
    EXPECT_EQ(code_of(runner.catch_up()), ErrorCode::HandlerFailed);
    EXPECT_EQ(runner.status(orders).value().error->code(), ErrorCode::HandlerFailed);
    expect_fold(store, 1);
}

// ---- whose database it is

TEST_F(SqliteReadModelTest, RefusesWhatIsAnothersAndTouchesNothing) {
    {
        const SqliteReadModel orders = model();
    }
    SqliteModel other = orders_model(1);
    other.name.text = "invoices";
    EXPECT_EQ(code_of(SqliteReadModel::open(path, other)), ErrorCode::ForeignModel);
    other = orders_model(1);
    other.region = Region::scope("room:dungeon");
    EXPECT_EQ(code_of(SqliteReadModel::open(path, other)), ErrorCode::ForeignModel);
    EXPECT_EQ(code_of(SqliteReadModel::open(path, orders_model(2))), ErrorCode::OtherModelVersion);
    EXPECT_EQ(code_of(SqliteReadModel::open(path, SqliteModel{})), ErrorCode::InvalidArgument);

    const std::string strange = directory / "strange.db";
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open(strange.c_str(), &raw), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(raw, "CREATE TABLE mine (x)", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(raw);
    EXPECT_EQ(code_of(SqliteReadModel::open(strange, orders_model(1))), ErrorCode::ForeignModel);
    EXPECT_EQ(code_of(SqliteReadModel::discard(strange)), ErrorCode::ForeignModel);
    SqliteDatabase db = SqliteDatabase::open_read_only(strange).value();
    EXPECT_EQ(code_of(model_position(db)), ErrorCode::ForeignModel);
    EXPECT_EQ(db.integer("SELECT count(*) FROM sqlite_master", {}).value(), 1);
    {
        SqliteRows mode = db.query("PRAGMA journal_mode", {}).value();
        ASSERT_TRUE(mode.next().value());
        EXPECT_EQ(mode.text(0), "delete");
    }

    std::ofstream(directory / "text.db") << std::string(4096, 'x');
    EXPECT_EQ(code_of(SqliteReadModel::open(directory / "text.db", orders_model(1))),
              ErrorCode::CorruptReadModel);
    EXPECT_EQ(code_of(SqliteDatabase::open_read_only(directory / "none.db")),
              ErrorCode::FileNotFound);
    EXPECT_TRUE(SqliteReadModel::discard(directory / "none.db"));
}

TEST_F(SqliteReadModelTest, RefusesAnotherLogAndOneThatIsAhead) {
    std::filesystem::path copy = directory / "old.db";
    {
        Store store = open();
        append(store, 10);
        SqliteReadModel orders = model();
        ProjectionRunner runner(store);
        ASSERT_TRUE(runner.add(orders));
        ASSERT_TRUE(runner.run_until(Sequence(4)));
        SqliteDatabase db = reader();
        ASSERT_TRUE(db.query("PRAGMA wal_checkpoint(TRUNCATE)", {}).value().next());
        std::filesystem::copy_file(path, copy);
        ASSERT_TRUE(runner.catch_up());
        std::move(store).close().value();
    }
    {
        // The log of a backup: the first 6 events.
        Store other =
            Store::open(StoreConfig("other").with_environment({disk, clock, entropy})).value();
        append(other, 6);
        SqliteReadModel orders = model();
        ProjectionRunner runner(other);
        EXPECT_EQ(code_of(runner.add(orders)), ErrorCode::ForeignModel);
        std::move(other).close().value();
    }
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &raw), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(raw, "UPDATE batpak_model SET next = 11", nullptr, nullptr, nullptr),
              SQLITE_OK);
    Store store = open();
    {
        SqliteReadModel orders = model();
        ProjectionRunner runner(store);
        EXPECT_EQ(code_of(runner.add(orders)), ErrorCode::RolledBack);
    }
    ASSERT_EQ(sqlite3_exec(raw, "UPDATE batpak_model SET next = -1", nullptr, nullptr, nullptr),
              SQLITE_OK);
    EXPECT_EQ(code_of(model().position()), ErrorCode::CorruptReadModel);
    ASSERT_EQ(sqlite3_exec(raw, "UPDATE batpak_model SET format = 3", nullptr, nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(raw);
    EXPECT_EQ(code_of(SqliteReadModel::open(path, orders_model(1))), ErrorCode::FutureFormat);

    // An older copy of the same log's is whole in itself: it catches up.
    path = copy;
    SqliteReadModel orders = model();
    ProjectionRunner runner(store);
    ASSERT_TRUE(runner.add(orders));
    EXPECT_EQ(runner.status(orders).value().next, Sequence(4));
    ASSERT_TRUE(runner.catch_up());
    expect_fold(store, 10);
}

// The column for it comes with the first erasure, so that others see no difference.
TEST_F(SqliteReadModelTest, KeepsWhichErasuresItKnows) {
    SqliteModel moves = orders_model(1);
    moves.region = Region::kinds({Moved::kind});
    const auto model = [&] { return SqliteReadModel::open(path, moves).value(); };
    Store store = open();
    append(store, 6);
    {
        SqliteReadModel orders = model();
        ProjectionRunner runner(store);
        ASSERT_TRUE(runner.add(orders));
        ASSERT_TRUE(runner.catch_up());
        EXPECT_EQ(count("SELECT format FROM batpak_model"), 1);
    }
    Tombstone tombstone("request");
    tombstone.ids = {store.append_raw(alice, kind, payload).value().event_id};  // no Moved
    ASSERT_TRUE(store.compact(tombstone));
    append(store, 6);
    {
        SqliteReadModel orders = model();
        ProjectionRunner runner(store);
        ASSERT_TRUE(runner.add(orders));
        ASSERT_TRUE(runner.catch_up());
    }
    EXPECT_EQ(count("SELECT format FROM batpak_model"), 2);
    SqliteDatabase db = reader();
    EXPECT_EQ(model_position(db).value()->erasures_end, store.erased_payloads().end());
    tombstone.ids = {store.find(Sequence(0)).value()->event_id()};
    ASSERT_TRUE(store.compact(tombstone));
    SqliteReadModel orders = model();
    EXPECT_EQ(model_position(db).value()->erasures_end, orders.position().value()->erasures_end);
    ProjectionRunner runner(store);
    EXPECT_EQ(code_of(runner.add(orders)), ErrorCode::ModelOfErased);
}

TEST_F(SqliteReadModelTest, OfTwoRunnersOneGivesWay) {
    Store store = open();
    append(store, 6);
    SqliteReadModel first = model();
    SqliteModel impatient = orders_model(1);
    impatient.lock_timeout = std::chrono::milliseconds(0);
    SqliteReadModel second = SqliteReadModel::open(path, impatient).value();
    ProjectionRunner one(store, batches_of(2));
    ProjectionRunner two(store, batches_of(2));
    ASSERT_TRUE(one.add(first));
    ASSERT_TRUE(two.add(second));
    ASSERT_TRUE(one.step());
    ASSERT_TRUE(two.step());
    EXPECT_EQ(two.status(second).value().error->code(), ErrorCode::VersionConflict);
    ASSERT_TRUE(two.retry(second));
    ASSERT_TRUE(first.begin());  // as in the middle of a batch
    ASSERT_TRUE(two.step());
    EXPECT_EQ(two.status(second).value().error->code(), ErrorCode::ModelLocked);
    EXPECT_EQ(code_of(two.catch_up()), ErrorCode::ModelLocked) << "it does not get there";
    first.roll_back();
    ASSERT_TRUE(two.retry(second));
    ASSERT_TRUE(two.catch_up());
    expect_fold(store, 6);
}

// What is written into a file without a name is lost, and nobody would know.
TEST_F(SqliteReadModelTest, StopsWhenItsFileIsRemovedOrReplaced) {
    Store store = open();
    for (const bool is_replaced : {false, true}) {
        append(store, 3);
        std::optional<SqliteReadModel> orders(model());
        ProjectionRunner runner(store);
        ASSERT_TRUE(runner.add(*orders));
        ASSERT_TRUE(runner.catch_up());
        const std::string away = path + ".away";
        std::filesystem::rename(path, away);
        if (is_replaced) std::filesystem::copy_file(away, path);
        append(store, 3);
        const auto stopped = runner.catch_up();
        ASSERT_EQ(code_of(stopped), ErrorCode::FileNotFound);
        EXPECT_EQ(runner.status(*orders).value().error->code(), ErrorCode::FileNotFound);
        // Its own file again, and it goes on where it was.
        std::filesystem::rename(away, path);
        ASSERT_TRUE(runner.retry(*orders));
        ASSERT_TRUE(runner.catch_up());
        expect_fold(store, store.visible_end().value);
    }
}

TEST_F(SqliteReadModelTest, ASetupThatFailsLeavesNoModel) {
    SqliteModel broken = orders_model(1);
    broken.setup = [](SqliteDatabase& db) -> Result<void> {
        BATPAK_CHECK(db.execute("CREATE TABLE half (x)"));
        return db.execute("CREATE TABLE half (x)");
    };
    EXPECT_EQ(code_of(SqliteReadModel::open(path, broken)), ErrorCode::SqlFailed);
    const SqliteReadModel orders = model();
    EXPECT_EQ(count("SELECT count(*) FROM sqlite_master WHERE name = 'half'"), 0);
}

TEST_F(SqliteReadModelTest, ServesTheVersionThatWasSwitchedTo) {
    Store store = open();
    append(store, 9);
    const std::string folder = directory.path();
    EXPECT_FALSE(open_serving_model(store, folder, "orders").value());
    SqliteReadModel one =
        SqliteReadModel::open(model_path(folder, {"orders", 1}), orders_model(1)).value();
    SqliteReadModel two =
        SqliteReadModel::open(model_path(folder, {"orders", 2}), orders_model(2)).value();
    ProjectionRunner runner(store);
    for (SqliteReadModel* version : {&one, &two}) {
        ASSERT_TRUE(runner.add(*version));
        ASSERT_TRUE(runner.catch_up());
        ASSERT_TRUE(runner.switch_to(*version));
        SqliteDatabase db = *open_serving_model(store, folder, "orders").value();
        EXPECT_EQ(db.integer("SELECT version FROM batpak_model", {}).value(),
                  version->name().version);
        EXPECT_EQ(totals_in(db), totals_of(store, Sequence(9)));
    }
    ASSERT_TRUE(runner.remove(one));
    ASSERT_TRUE(SqliteReadModel::discard(model_path(folder, {"orders", 1})));
    EXPECT_FALSE(std::filesystem::exists(model_path(folder, {"orders", 1})));
}

// ---- the connection

TEST_F(SqliteReadModelTest, ReadsValuesOfEveryType) {
    {
        const SqliteReadModel orders = model();
    }
    SqliteDatabase db = reader();
    const std::string text("a\0b", 3);
    const std::array bytes = {std::byte{0}, std::byte{0xFF}};
    SqliteRows row = db.query("SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7",
                              {nullptr, INT64_MIN, 0.5, text, BytesView(bytes), true, ""})
                         .value();
    ASSERT_TRUE(row.next().value());
    EXPECT_TRUE(row.is_null(0));
    EXPECT_EQ(row.integer(1), INT64_MIN);
    EXPECT_EQ(row.real(2), 0.5);
    EXPECT_EQ(row.text(3), text);
    EXPECT_TRUE(std::ranges::equal(row.bytes(4), bytes));
    EXPECT_EQ(row.integer(5), 1);
    EXPECT_EQ(row.text(6), "");
    EXPECT_FALSE(row.is_null(6));
    EXPECT_FALSE(row.next().value());
    EXPECT_FALSE(row.next().value());
    EXPECT_EQ(code_of(db.query("SELECT ?1", {UINT64_MAX})), ErrorCode::SqlFailed);
    EXPECT_EQ(code_of(db.query("SELECT 1; SELECT 2", {})), ErrorCode::SqlFailed);
    EXPECT_EQ(code_of(db.query("SELEKT", {})), ErrorCode::SqlFailed);
    EXPECT_FALSE(db.run("DELETE FROM totals", {}));
    EXPECT_FALSE(db.integer("SELECT 1 WHERE 0", {}).value());
    EXPECT_EQ(testing::run_in_child(
                  [&] { return code_of(db.execute("SELECT 1")) == ErrorCode::Forked ? 0 : 1; }),
              0);
}

}  // namespace
}  // namespace batpak
