// The face of a connection: statements by their text, values by their type. Rows own their
// statement, and give it back to be used again when they go.
#include "batpak/sqlite/sqlite_database.hpp"

#include "sqlite/connection.hpp"

namespace batpak {
namespace {

// A reader in WAL mode waits for nobody, but for the first and the last who have it open.
constexpr std::chrono::milliseconds kReaderTimeout{1000};

}  // namespace

SqliteRows::SqliteRows(std::unique_ptr<sqlite::Statement> statement)
    : statement_(std::move(statement)) {}
SqliteRows::SqliteRows(SqliteRows&&) noexcept = default;
SqliteRows& SqliteRows::operator=(SqliteRows&&) noexcept = default;
SqliteRows::~SqliteRows() = default;

Result<bool> SqliteRows::next() { return statement_->step(); }

bool SqliteRows::is_null(int column) const {
    return sqlite3_column_type(statement_->handle(), column) == SQLITE_NULL;
}

std::int64_t SqliteRows::integer(int column) const {
    return sqlite3_column_int64(statement_->handle(), column);
}

double SqliteRows::real(int column) const {
    return sqlite3_column_double(statement_->handle(), column);
}

std::string SqliteRows::text(int column) const {
    // With its length, because a text may hold zeros.
    const BytesView bytes = this->bytes(column);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

BytesView SqliteRows::bytes(int column) const {
    // As text, which is what numbers and text are; bytes are not converted.
    sqlite3_stmt* const statement = statement_->handle();
    const void* const data = sqlite3_column_type(statement, column) == SQLITE_BLOB
                                 ? sqlite3_column_blob(statement, column)
                                 : sqlite3_column_text(statement, column);
    if (data == nullptr) return {};
    // Asked last: the conversion to text may have changed how many bytes there are.
    return {static_cast<const std::byte*>(data),
            static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
}

SqliteDatabase::SqliteDatabase(std::unique_ptr<sqlite::Connection> connection)
    : connection_(std::move(connection)) {}
SqliteDatabase::SqliteDatabase(SqliteDatabase&&) noexcept = default;
SqliteDatabase& SqliteDatabase::operator=(SqliteDatabase&&) noexcept = default;
SqliteDatabase::~SqliteDatabase() = default;

Result<SqliteDatabase> SqliteDatabase::open_read_only(const std::string& path) {
    BATPAK_TRY(auto connection,
               sqlite::Connection::open(path, sqlite::Connection::Mode::Read, kReaderTimeout));
    return SqliteDatabase(std::move(connection));
}

Result<void> SqliteDatabase::execute(const std::string& script) {
    return connection_->execute(script);
}

Result<std::uint64_t> SqliteDatabase::run(std::string_view sql,
                                          std::initializer_list<SqliteValue> values) {
    return connection_->run(sql, values);
}

Result<SqliteRows> SqliteDatabase::query(std::string_view sql,
                                         std::initializer_list<SqliteValue> values) {
    BATPAK_TRY(std::unique_ptr<sqlite::Statement> statement, connection_->prepare(sql));
    BATPAK_CHECK(statement->bind(values));
    return SqliteRows(std::move(statement));
}

Result<std::optional<std::int64_t>> SqliteDatabase::integer(
    std::string_view sql, std::initializer_list<SqliteValue> values) {
    BATPAK_TRY(SqliteRows rows, query(sql, values));
    BATPAK_TRY(const bool row, rows.next());
    if (!row) return std::optional<std::int64_t>();
    return std::optional(rows.integer(0));
}

sqlite3* SqliteDatabase::handle() noexcept { return connection_->handle(); }

}  // namespace batpak
