// Goal:   a value comes back as what it was, of whatever type, and an answer is read row by row.
// Method: the ends of each type; what SQLite converts and what it does not; answers of no row, of
//         one and of many.
#include "batpak/sqlite/sqlite_database.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "sqlite/connection.hpp"
#include "support/file_helpers.hpp"
#include "support/temporary_directory.hpp"

namespace batpak {
namespace {

using testing::code_of;

class SqliteDatabaseTest : public ::testing::Test {
protected:
    SqliteDatabase open() const {
        return SqliteDatabase(sqlite::Connection::open(path, sqlite::Connection::Mode::Write,
                                                       std::chrono::milliseconds(0))
                                  .value());
    }

    testing::TemporaryDirectory directory;
    std::string path = directory / "some.db";
};

TEST_F(SqliteDatabaseTest, IntegersComeBackWhole) {
    SqliteDatabase db = open();
    for (const std::int64_t number :
         {INT64_MIN, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1} << 53,
          (std::int64_t{1} << 53) + 1, INT64_MAX})
        EXPECT_EQ(db.integer("SELECT ?1", {number}).value(), number);
    EXPECT_EQ(db.integer("SELECT ?1", {std::uint64_t{INT64_MAX}}).value(), INT64_MAX);
    EXPECT_EQ(db.integer("SELECT ?1", {std::uint8_t{255}}).value(), 255);
    EXPECT_EQ(db.integer("SELECT ?1", {std::int8_t{-128}}).value(), -128);
    EXPECT_EQ(db.integer("SELECT ?1", {true}).value(), 1);
    for (const std::uint64_t number : {std::uint64_t{INT64_MAX} + 1, UINT64_MAX}) {
        const auto refused = db.integer("SELECT ?1, ?2", {1, number});
        EXPECT_EQ(code_of(refused), ErrorCode::SqlFailed);
        EXPECT_EQ(refused.error().place(), path);
        EXPECT_TRUE(refused.error().detail().starts_with("parameter 2 "));
    }
}

TEST_F(SqliteDatabaseTest, TextAndBytesComeBackWithEveryByte) {
    SqliteDatabase db = open();
    std::string all;
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    for (const std::string& text : {std::string(), std::string("\0", 1), std::string("a\0b", 3),
                                    std::string("\xC3\xA4"), all, std::string(100'000, 'x')}) {
        SqliteRows row =
            db.query("SELECT ?1, ?2, typeof(?1), typeof(?2), length(?2)", {text, as_bytes(text)})
                .value();
        ASSERT_TRUE(row.next().value());
        EXPECT_EQ(row.text(0), text);
        EXPECT_TRUE(equal_bytes(row.bytes(1), as_bytes(text)));
        EXPECT_EQ(row.text(2), "text") << "also if it is empty";
        EXPECT_EQ(row.text(3), "blob");
        EXPECT_EQ(row.integer(4), static_cast<std::int64_t>(text.size()));
    }
    // No address is no NULL.
    SqliteRows row =
        db.query("SELECT typeof(?1), typeof(?2)", {std::string_view(), BytesView()}).value();
    ASSERT_TRUE(row.next().value());
    EXPECT_EQ(row.text(0) + row.text(1), "textblob");
}

TEST_F(SqliteDatabaseTest, WhatIsOfAnotherTypeIsConvertedAsSqliteDoes) {
    SqliteDatabase db = open();
    SqliteRows row = db.query("SELECT NULL, '12ab', 2.75, x'3132', 7", {}).value();
    ASSERT_TRUE(row.next().value());
    for (int column = 0; column < 5; ++column) EXPECT_EQ(row.is_null(column), column == 0);
    const std::vector<std::int64_t> integers = {0, 12, 2, 12, 7};
    const std::vector<double> reals = {0, 12, 2.75, 12, 7};
    const std::vector<std::string> texts = {"", "12ab", "2.75", "12", "7"};
    for (int column = 0; column < 5; ++column) {
        const auto at = static_cast<std::size_t>(column);
        EXPECT_EQ(row.integer(column), integers[at]) << column;
        EXPECT_EQ(row.real(column), reals[at]) << column;
        EXPECT_EQ(row.text(column), texts[at]) << column;
        EXPECT_EQ(as_text(row.bytes(column)), texts[at]) << column;
    }
}

TEST_F(SqliteDatabaseTest, RealsComeBackWithEveryBitAndNoNumberIsNull) {
    SqliteDatabase db = open();
    using Limits = std::numeric_limits<double>;
    for (const double number : {0.1, -0.5, Limits::max(), Limits::lowest(), Limits::denorm_min(),
                                Limits::infinity(), -Limits::infinity()}) {
        SqliteRows row = db.query("SELECT ?1", {number}).value();
        ASSERT_TRUE(row.next().value());
        EXPECT_EQ(row.real(0), number);
    }
    SqliteRows row = db.query("SELECT ?1", {std::nan("")}).value();
    ASSERT_TRUE(row.next().value());
    EXPECT_TRUE(row.is_null(0));
}

TEST_F(SqliteDatabaseTest, AnAnswerHasItsRowsAndThenNone) {
    SqliteDatabase db = open();
    ASSERT_TRUE(db.execute("CREATE TABLE t (x); INSERT INTO t VALUES (3), (1), (2)"));
    SqliteRows rows = db.query("SELECT x FROM t ORDER BY x", {}).value();
    for (std::int64_t expected = 1; expected <= 3; ++expected) {
        ASSERT_TRUE(rows.next().value());
        EXPECT_EQ(rows.integer(0), expected);
    }
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(rows.next().value());
    EXPECT_EQ(db.integer("SELECT x FROM t WHERE x = ?1", {9}).value(), std::nullopt);
    EXPECT_EQ(db.integer("SELECT x FROM t ORDER BY x", {}).value(), 1);
    EXPECT_EQ(db.run("UPDATE t SET x = x + 1 WHERE x > ?1", {1}).value(), 2U);
    // Two answers of one text at a time.
    SqliteRows one = db.query("SELECT x FROM t ORDER BY x", {}).value();
    SqliteRows other = db.query("SELECT x FROM t ORDER BY x", {}).value();
    ASSERT_TRUE(one.next().value());
    ASSERT_TRUE(one.next().value());
    ASSERT_TRUE(other.next().value());
    EXPECT_EQ(one.integer(0), 3);
    EXPECT_EQ(other.integer(0), 1);
}

TEST_F(SqliteDatabaseTest, AReaderChangesNothing) {
    EXPECT_EQ(code_of(SqliteDatabase::open_read_only(path)), ErrorCode::FileNotFound);
    ASSERT_TRUE(open().execute("CREATE TABLE t (x)"));
    SqliteDatabase reader = SqliteDatabase::open_read_only(path).value();
    for (const char* const sql : {"INSERT INTO t VALUES (1)", "DROP TABLE t", "CREATE TABLE u (x)"})
        EXPECT_EQ(code_of(reader.execute(sql)), ErrorCode::Io) << sql;
    EXPECT_EQ(reader.integer("SELECT count(*) FROM t", {}).value(), 0);
}

}  // namespace
}  // namespace batpak
