// SqliteDatabase: a connection to an SQLite database, with batpak's errors.
//
//     auto db = SqliteDatabase::open_read_only("orders.db").value();
//     SqliteRows rows = db.query("SELECT id, total FROM orders WHERE buyer = ?1", {buyer}).value();
//     while (rows.next().value()) use(rows.text(0), rows.integer(1));
//
// Part of the library batpak::sqlite. Statements are compiled once for each text and kept. For
// everything else there is handle(), the sqlite3 of SQLite's own interface.
//
// Threads: thread-compatible: a connection and its rows belong to one thread at a time
// Errors:  SqlFailed, ModelLocked, CorruptReadModel, DiskFull, FileNotFound, Unsupported, Forked,
//          Io; HandlerFailed: in the code of a SqliteReadModel, what would end its transaction
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "batpak/base/bytes.hpp"
#include "batpak/base/result.hpp"

struct sqlite3;

namespace batpak {

struct ModelPosition;

namespace sqlite {
class Connection;
class Statement;
}  // namespace sqlite

// What a parameter can be. Borrows: text and bytes, until the call returns.
class SqliteValue {
public:
    struct TooLarge {};
    using Stored =
        std::variant<std::nullptr_t, std::int64_t, double, std::string_view, BytesView, TooLarge>;

    SqliteValue(std::nullptr_t) noexcept : stored_(nullptr) {}
    template <std::integral Number>
    SqliteValue(Number number) noexcept : stored_(as_stored(number)) {}
    SqliteValue(double number) noexcept : stored_(number) {}
    SqliteValue(std::string_view text) noexcept : stored_(text) {}
    SqliteValue(const std::string& text) noexcept : stored_(std::string_view(text)) {}
    SqliteValue(const char* text) noexcept : stored_(std::string_view(text)) {}
    SqliteValue(BytesView bytes) noexcept : stored_(bytes) {}

    const Stored& stored() const noexcept { return stored_; }

private:
    // SQLite's integers have 63 bits and a sign: what does not fit is an error of the statement.
    template <class Number>
    static Stored as_stored(Number number) noexcept {
        if (std::in_range<std::int64_t>(number)) return static_cast<std::int64_t>(number);
        return TooLarge{};
    }
    static Stored as_stored(bool flag) noexcept { return std::int64_t{flag ? 1 : 0}; }

    Stored stored_;
};

// The answer of a query, row by row. Borrows: its database.
class SqliteRows {
public:
    explicit SqliteRows(std::unique_ptr<sqlite::Statement> statement);
    SqliteRows(SqliteRows&&) noexcept;
    SqliteRows& operator=(SqliteRows&&) noexcept;
    ~SqliteRows();

    // Goes to the next row, at first to the first; false after the last.
    [[nodiscard]] Result<bool> next();

    // Columns count from 0. What is NULL or of another type is converted, as SQLite does.
    bool is_null(int column) const;
    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string text(int column) const;
    // Borrows: until next().
    BytesView bytes(int column) const;

private:
    std::unique_ptr<sqlite::Statement> statement_;
};

class SqliteDatabase {
public:
    // An existing database, beside a program that writes to it. Errors: FileNotFound.
    [[nodiscard]] static Result<SqliteDatabase> open_read_only(const std::string& path);

    explicit SqliteDatabase(std::unique_ptr<sqlite::Connection> connection);
    SqliteDatabase(SqliteDatabase&&) noexcept;
    SqliteDatabase& operator=(SqliteDatabase&&) noexcept;
    ~SqliteDatabase();

    // Any number of statements, without parameters.
    [[nodiscard]] Result<void> execute(const std::string& script);
    // One statement that changes something; returns how many rows it changed. Parameters are ?1 ?2
    // ..
    [[nodiscard]] Result<std::uint64_t> run(std::string_view sql,
                                            std::initializer_list<SqliteValue> values);
    [[nodiscard]] Result<SqliteRows> query(std::string_view sql,
                                           std::initializer_list<SqliteValue> values);
    // The first column of the first row; nothing without a row.
    [[nodiscard]] Result<std::optional<std::int64_t>> integer(
        std::string_view sql, std::initializer_list<SqliteValue> values);

    sqlite3* handle() noexcept;

private:
    friend Result<std::optional<ModelPosition>> model_position(SqliteDatabase& database);
    std::unique_ptr<sqlite::Connection> connection_;
};

}  // namespace batpak
