// Goal:   whatever SQL the code of a model runs, it neither leaves its transaction nor moves its
//         position; and each error of SQLite is one of batpak's.
// Method: statements that would, each as a script, alone, and compiled before the guard was on; all
//         codes of SQLite; statements that are kept, used twice at a time, and too many.
#include "sqlite/connection.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "support/child_process.hpp"
#include "support/file_helpers.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::sqlite::connection_test {
namespace {

using testing::code_of;

constexpr std::chrono::milliseconds kNoWait{0};

class ConnectionTest : public ::testing::Test {
protected:
    std::unique_ptr<Connection> open(Connection::Mode mode = Connection::Mode::Write) const {
        return Connection::open(path, mode, kNoWait).value();
    }
    // With the table of a model, a table of its own, and a transaction.
    std::unique_ptr<Connection> open_model() const {
        auto connection = open();
        connection
            ->execute(
                "CREATE TABLE IF NOT EXISTS batpak_model (one INTEGER, next INTEGER);"
                "DELETE FROM batpak_model; INSERT INTO batpak_model VALUES (1, 7);"
                "DROP TABLE IF EXISTS mine; CREATE TABLE mine (x); BEGIN")
            .value();
        return connection;
    }
    static std::string next_in(Connection& connection) {
        return connection.text("SELECT next FROM main.batpak_model").value();
    }

    testing::TemporaryDirectory directory;
    std::string path = directory / "model.db";
};

// ---- errors

TEST_F(ConnectionTest, EachCodeOfSqliteIsACodeOfBatpak) {
    const std::map<int, ErrorCode> known = {
        {SQLITE_FULL, ErrorCode::DiskFull},
        {SQLITE_BUSY, ErrorCode::ModelLocked},
        {SQLITE_LOCKED, ErrorCode::ModelLocked},
        {SQLITE_CORRUPT, ErrorCode::CorruptReadModel},
        {SQLITE_NOTADB, ErrorCode::CorruptReadModel},
        {SQLITE_CANTOPEN, ErrorCode::FileNotFound},
        {SQLITE_AUTH, ErrorCode::HandlerFailed},
        {SQLITE_IOERR, ErrorCode::Io},
        {SQLITE_NOMEM, ErrorCode::Io},
        {SQLITE_PERM, ErrorCode::Io},
        {SQLITE_READONLY, ErrorCode::Io},
        {SQLITE_PROTOCOL, ErrorCode::Io},
    };
    const auto connection = open();
    for (int code = 1; code < 100; ++code) {
        const auto found = known.find(code);
        const ErrorCode expected = found == known.end() ? ErrorCode::SqlFailed : found->second;
        for (const int detail : {0, 1, 14}) {  // extended codes are of their code
            const Error error = connection->error(code | detail << 8, "SELECT 1");
            EXPECT_EQ(error.code(), expected) << code;
            EXPECT_EQ(error.place(), path);
            EXPECT_NE(error.detail().find("SELECT 1"), std::string::npos);
        }
    }
}

TEST_F(ConnectionTest, AFileThatIsNotThereIsMadeByWritersOnly) {
    EXPECT_EQ(code_of(Connection::open(path, Connection::Mode::Read, kNoWait)),
              ErrorCode::FileNotFound);
    EXPECT_FALSE(std::filesystem::exists(path));
    open()->execute("CREATE TABLE mine (x)").value();
    const auto reader = open(Connection::Mode::Read);
    EXPECT_EQ(reader->text("SELECT count(*) FROM mine").value(), "0");
    EXPECT_EQ(code_of(reader->execute("INSERT INTO mine VALUES (1)")), ErrorCode::Io);
    EXPECT_EQ(
        code_of(Connection::open(directory / "none/model.db", Connection::Mode::Write, kNoWait)),
        ErrorCode::FileNotFound);
}

TEST_F(ConnectionTest, AWriterThatIsBusyLocksOut) {
    const auto one = open_model();
    one->execute("INSERT INTO mine VALUES (1)").value();
    const auto other = open();
    EXPECT_EQ(code_of(other->execute("BEGIN IMMEDIATE")), ErrorCode::ModelLocked);
    one->roll_back();
    EXPECT_TRUE(other->execute("BEGIN IMMEDIATE"));
    other->roll_back();
    other->roll_back();  // of nothing
    EXPECT_FALSE(other->in_transaction());
}

// ---- statements

TEST_F(ConnectionTest, AStatementIsKeptAndComesBackAsNew) {
    const auto connection = open();
    sqlite3_stmt* handle = nullptr;
    {
        const auto statement = connection->prepare("SELECT ?1").value();
        handle = statement->handle();
        statement->bind({7}).value();
        ASSERT_TRUE(statement->step().value());
        EXPECT_EQ(sqlite3_column_int(handle, 0), 7);
    }
    const auto again = connection->prepare("SELECT ?1").value();
    EXPECT_EQ(again->handle(), handle);
    ASSERT_TRUE(again->step().value());
    EXPECT_EQ(sqlite3_column_type(handle, 0), SQLITE_NULL) << "what was bound is gone";
    const auto beside = connection->prepare("SELECT ?1").value();
    EXPECT_NE(beside->handle(), handle);
    ASSERT_TRUE(beside->step().value());
    EXPECT_FALSE(beside->step().value());
    EXPECT_FALSE(beside->step().value()) << "it does not begin again";
}

TEST_F(ConnectionTest, SoManyStatementsAreKeptAndNoMore) {
    const auto connection = open();
    std::map<std::string, sqlite3_stmt*> handles;
    for (std::size_t i = 0; i < Connection::kStatementsMax + 20; ++i) {
        const std::string sql = "SELECT " + std::to_string(i);
        handles[sql] = connection->prepare(sql).value()->handle();
    }
    std::size_t compiled = 0;
    for (sqlite3_stmt* each = nullptr;
         (each = sqlite3_next_stmt(connection->handle(), each)) != nullptr;)
        ++compiled;
    EXPECT_EQ(compiled, Connection::kStatementsMax);
    EXPECT_EQ(connection->prepare("SELECT 0").value()->handle(), handles["SELECT 0"]);
    EXPECT_EQ(connection->text("SELECT 140").value(), "140");
}

TEST_F(ConnectionTest, PreparesExactlyOneStatement) {
    const auto connection = open();
    for (const char* const good : {"SELECT 1", "SELECT 1;", " SELECT 1 ; \n\t;", "SELECT 1 -- one"})
        EXPECT_EQ(connection->text(good).value(), "1") << good;
    for (const char* const bad : {"", ";", " ", "-- nothing", "SELECT 1; SELECT 2", "SELECT 1;x",
                                  "SELEKT 1", "SELECT mine", "SELECT '"})
        EXPECT_EQ(code_of(connection->prepare(bad)), ErrorCode::SqlFailed) << bad;
}

TEST_F(ConnectionTest, RunSaysHowManyRowsItChanged) {
    const auto connection = open_model();
    EXPECT_EQ(connection->run("INSERT INTO mine VALUES (?1), (?2), (?1)", {1, 2}).value(), 3U);
    EXPECT_EQ(connection->run("DELETE FROM mine WHERE x = ?1", {1}).value(), 2U);
    EXPECT_EQ(connection->run("DELETE FROM mine WHERE x = ?1", {1}).value(), 0U);
    EXPECT_EQ(code_of(connection->run("INSERT INTO mine VALUES (?1)", {UINT64_MAX})),
              ErrorCode::SqlFailed);
    EXPECT_EQ(code_of(connection->run("INSERT INTO mine VALUES (?1)", {1, 2})),
              ErrorCode::SqlFailed)
        << "more values than parameters";
}

// ---- the guard

// Each of them would end or nest the transaction, change the connection, or move the position.
constexpr const char* kForbidden[] = {
    "COMMIT",
    "END",
    "ROLLBACK",
    "BEGIN",
    "SAVEPOINT s",
    "RELEASE s",
    "ROLLBACK TO s",
    "ATTACH ':memory:' AS other",
    "DETACH main",
    "PRAGMA journal_mode=DELETE",
    "PRAGMA synchronous=OFF",
    "PRAGMA writable_schema=ON",
    "UPDATE batpak_model SET next = 9",
    "UPDATE main.batpak_model SET next = 9",
    "UPDATE BATPAK_MODEL SET next = 9",
    "UPDATE \"batpak_model\" SET next = 9",
    "WITH x AS (SELECT 1) UPDATE batpak_model SET next = 9",
    "INSERT INTO batpak_model VALUES (2, 9)",
    "REPLACE INTO batpak_model VALUES (1, 9)",
    "DELETE FROM batpak_model",
    "DROP TABLE batpak_model",
    "ALTER TABLE batpak_model RENAME TO other",
    "ALTER TABLE batpak_model ADD COLUMN z",
    "CREATE TRIGGER t AFTER UPDATE ON batpak_model BEGIN DELETE FROM mine; END",
    "CREATE TEMP TRIGGER t AFTER UPDATE ON main.batpak_model BEGIN DELETE FROM mine; END",
    "CREATE TEMP TABLE batpak_model (one, next)",
    "CREATE TEMP TABLE Batpak_Model AS SELECT 1 AS one, 9 AS next",
    "CREATE TEMP VIEW batpak_model AS SELECT 1 AS one, 9 AS next",
};

constexpr const char* kAllowed[] = {
    "SELECT next FROM batpak_model",
    "INSERT INTO mine SELECT next FROM batpak_model",
    "UPDATE mine SET x = abs(x) + 1",
    "CREATE TABLE more (x PRIMARY KEY)",
    "CREATE INDEX i ON mine (x)",
    "CREATE TRIGGER t AFTER INSERT ON mine BEGIN DELETE FROM mine WHERE x < 0; END",
    "CREATE VIEW v AS SELECT x FROM mine",
    "ALTER TABLE mine RENAME TO yours",
    "CREATE TEMP TABLE scratch (x)",
    "PRAGMA table_info",
    "DROP TABLE mine",
};

TEST_F(ConnectionTest, UnderTheGuardNothingLeavesTheTransactionOrMovesThePosition) {
    for (const char* const sql : kForbidden) {
        SCOPED_TRACE(sql);
        const auto connection = open_model();
        connection->guarded([&] {
            EXPECT_EQ(code_of(connection->execute(sql)), ErrorCode::HandlerFailed);
            EXPECT_EQ(code_of(connection->execute(std::string("SELECT 1; ") + sql)),
                      ErrorCode::HandlerFailed);
            EXPECT_EQ(code_of(connection->prepare(sql)), ErrorCode::HandlerFailed);
        });
        EXPECT_TRUE(connection->in_transaction());
        EXPECT_EQ(next_in(*connection), "7");
    }
}

TEST_F(ConnectionTest, UnderTheGuardAllElseIsAllowed) {
    for (const char* const sql : kAllowed) {
        SCOPED_TRACE(sql);
        const auto connection = open_model();
        connection->guarded([&] { EXPECT_TRUE(connection->execute(sql)); });
        EXPECT_TRUE(connection->in_transaction());
        connection->roll_back();
    }
}

// A trigger of a table of the model's own may not do it either.
TEST_F(ConnectionTest, UnderTheGuardATriggerMovesNothing) {
    const auto connection = open_model();
    connection
        ->execute(
            "CREATE TRIGGER t AFTER INSERT ON mine BEGIN"
            " UPDATE batpak_model SET next = 9; END")
        .value();
    connection->guarded([&] {
        EXPECT_EQ(code_of(connection->execute("INSERT INTO mine VALUES (1)")),
                  ErrorCode::HandlerFailed);
    });
    EXPECT_EQ(next_in(*connection), "7");
}

// The authorizer is asked when a statement is compiled: one of batpak's own must not be found.
TEST_F(ConnectionTest, UnderTheGuardNoStatementOfBatpaksIsFound) {
    const auto connection = open_model();
    const char* const sql = "UPDATE batpak_model SET next = 9";
    connection->run("UPDATE batpak_model SET next = 7", {}).value();
    {
        const auto compiled = connection->prepare(sql).value();
    }
    connection->guarded(
        [&] { EXPECT_EQ(code_of(connection->run(sql, {})), ErrorCode::HandlerFailed); });
    EXPECT_EQ(next_in(*connection), "7");
    EXPECT_EQ(connection->run(sql, {}).value(), 1U) << "it is allowed without the guard";
    EXPECT_EQ(next_in(*connection), "9");
}

// Where SQLite has ended it by itself, as after some errors.
TEST_F(ConnectionTest, UnderTheGuardNothingRunsOutsideATransaction) {
    const auto connection = open_model();
    connection->execute("COMMIT; BEGIN").value();
    connection->guarded([&] {
        EXPECT_TRUE(connection->check_guard());
        const auto statement = connection->prepare("INSERT OR ROLLBACK INTO mine VALUES (1)");
        EXPECT_TRUE(statement.value()->step());
    });
    connection->roll_back();
    connection->guarded([&] {
        EXPECT_EQ(code_of(connection->check_guard()), ErrorCode::HandlerFailed);
        EXPECT_EQ(code_of(connection->execute("INSERT INTO mine VALUES (1)")),
                  ErrorCode::HandlerFailed);
        EXPECT_EQ(code_of(connection->run("INSERT INTO mine VALUES (1)", {})),
                  ErrorCode::HandlerFailed);
    });
    EXPECT_TRUE(connection->check_guard());
    EXPECT_EQ(connection->text("SELECT count(*) FROM mine").value(), "0");
}

// ---- the file, and the process

TEST_F(ConnectionTest, KnowsWhenItsPathIsAnotherFile) {
    const auto connection = open_model();
    EXPECT_FALSE(connection->file_has_moved().value());
    std::filesystem::rename(path, path + ".away");
    EXPECT_TRUE(connection->file_has_moved().value());
    std::filesystem::copy_file(path + ".away", path);
    EXPECT_TRUE(connection->file_has_moved().value()) << "a copy is another file";
    std::filesystem::rename(path + ".away", path);
    EXPECT_FALSE(connection->file_has_moved().value());
}

TEST_F(ConnectionTest, IsOfTheProcessThatOpenedIt) {
    auto connection = open_model();
    auto statement = connection->prepare("SELECT 1").value();
    const int child = testing::run_in_child([&] {
        const bool refused = code_of(connection->check_fork()) == ErrorCode::Forked &&
                             code_of(connection->execute("SELECT 1")) == ErrorCode::Forked &&
                             code_of(connection->prepare("SELECT 1")) == ErrorCode::Forked &&
                             code_of(connection->file_has_moved()) == ErrorCode::Forked &&
                             code_of(statement->step()) == ErrorCode::Forked;
        connection->roll_back();  // nothing
        statement.reset();
        connection.reset();
        return refused ? 0 : 1;
    });
    EXPECT_EQ(child, 0);
    EXPECT_TRUE(statement->step().value());
    EXPECT_TRUE(connection->in_transaction());
    EXPECT_TRUE(connection->execute("INSERT INTO mine VALUES (1); COMMIT"));
}

}  // namespace
}  // namespace batpak::sqlite::connection_test
