// What keeps a model's code, which may run any SQL, out of the transaction that is not its own:
//
//     authorizer   refuses the statements that would end or nest it, and batpak's own table
//     statements   compiled while the guard is on are kept apart from batpak's own
//     check_guard  SQLite may have ended it by itself, after an error: then nothing runs any more
//
// So all that the model did and the position are in one transaction, or neither is (INV U5).
#include "sqlite/connection.hpp"

#include <algorithm>
#include <limits>
#include <variant>

#include "batpak/base/assert.hpp"

namespace batpak::sqlite {
namespace {

ErrorCode code_of(int code) noexcept {
    switch (code & 0xFF) {
        case SQLITE_FULL: return ErrorCode::DiskFull;
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return ErrorCode::ModelLocked;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return ErrorCode::CorruptReadModel;
        case SQLITE_CANTOPEN: return ErrorCode::FileNotFound;
        case SQLITE_AUTH: return ErrorCode::HandlerFailed;
        case SQLITE_IOERR:
        case SQLITE_NOMEM:
        case SQLITE_PERM:
        case SQLITE_READONLY:
        case SQLITE_PROTOCOL: return ErrorCode::Io;
        default: return ErrorCode::SqlFailed;
    }
}

bool is_text(const char* text, std::string_view other) noexcept {
    return text != nullptr && sqlite3_stricmp(text, std::string(other).c_str()) == 0;
}

int bind_value(sqlite3_stmt* statement, int parameter, const SqliteValue::Stored& value) {
    if (std::holds_alternative<std::nullptr_t>(value)) {
        return sqlite3_bind_null(statement, parameter);
    }
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        return sqlite3_bind_int64(statement, parameter, *integer);
    }
    if (const auto* real = std::get_if<double>(&value)) {
        return sqlite3_bind_double(statement, parameter, *real);
    }
    // SQLite copies, because rows may outlive what was borrowed. An empty run may have no address,
    // which SQLite would take for NULL.
    if (const auto* text = std::get_if<std::string_view>(&value)) {
        return sqlite3_bind_text64(statement, parameter, text->empty() ? "" : text->data(),
                                   text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    }
    if (const auto* bytes = std::get_if<BytesView>(&value)) {
        const void* const data = bytes->empty() ? "" : static_cast<const void*>(bytes->data());
        return sqlite3_bind_blob64(statement, parameter, data, bytes->size(), SQLITE_TRANSIENT);
    }
    return SQLITE_MISMATCH;
}

}  // namespace

// ---- statements

// Whether it was compiled under the guard is remembered: the authorizer is asked at compile time
// alone, so a statement of batpak's must never be handed to a model's code.
Statement::Statement(Connection& connection, std::string_view sql, StatementHandle handle)
    : connection_(connection),
      sql_(sql),
      handle_(std::move(handle)),
      guarded_(connection.guarded_) {}

Statement::~Statement() {
    if (!connection_.check_fork()) {
        (void)handle_.release();
        return;
    }
    // Its answer is the last step's, which was told.
    (void)sqlite3_reset(handle_.get());
    (void)sqlite3_clear_bindings(handle_.get());
    connection_.keep(*this);
}

Result<void> Statement::bind(std::initializer_list<SqliteValue> values) {
    int parameter = 0;
    for (const SqliteValue& value : values) {
        const int code = bind_value(handle_.get(), ++parameter, value.stored());
        if (code == SQLITE_MISMATCH) {
            return fail(Error(ErrorCode::SqlFailed, "parameter " + std::to_string(parameter) +
                                                        " is beyond SQLite's integers: " + sql_)
                            .at(connection_.path()));
        }
        if (code != SQLITE_OK) return fail(connection_.error(code, sql_));
    }
    return {};
}

Result<bool> Statement::step() {
    BATPAK_CHECK(connection_.check_fork());
    BATPAK_CHECK(connection_.check_guard());
    if (at_end_) return false;  // SQLite would begin again
    const int code = sqlite3_step(handle_.get());
    if (code == SQLITE_ROW) return true;
    at_end_ = true;
    if (code == SQLITE_DONE) return false;
    return fail(connection_.error(code, sql_));
}

// ---- the connection

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, Mode mode,
                                                     std::chrono::milliseconds lock_timeout) {
    sqlite3* handle = nullptr;
    // A reader may write, too, as far as SQLite is concerned: one that reads alone could not open
    // a database in WAL mode that nobody else has open.
    const int create = mode == Mode::Write ? SQLITE_OPEN_CREATE : 0;
    const int code = sqlite3_open_v2(path.c_str(), &handle,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | create, nullptr);
    std::unique_ptr<Connection> connection(new Connection(handle, path));
    if (code != SQLITE_OK) return fail(connection->error(code, {}));
    (void)sqlite3_extended_result_codes(handle, 1);
    const std::int64_t timeout_ms =
        std::clamp<std::int64_t>(lock_timeout.count(), 0, std::numeric_limits<int>::max());
    (void)sqlite3_busy_timeout(handle, static_cast<int>(timeout_ms));
    if (mode == Mode::Read) BATPAK_CHECK(connection->execute("PRAGMA query_only=ON"));
    const int set = sqlite3_set_authorizer(handle, &Connection::authorize, connection.get());
    BATPAK_ASSERT(set == SQLITE_OK);
    return connection;
}

Connection::~Connection() {
    // The parent's, if this is a child: only forgetting is safe.
    if (fork_generation() != fork_generation_) {
        for (auto& [sql, statement] : own_) (void)statement.release();
        for (auto& [sql, statement] : of_model_) (void)statement.release();
        return;
    }
    own_.clear();
    of_model_.clear();
    (void)sqlite3_close_v2(handle_);
}

Result<void> Connection::check_fork() const {
    if (fork_generation() == fork_generation_) return {};
    return fail(Error(ErrorCode::Forked, "the database was opened before a fork()").at(path_));
}

// After some errors, a full disk among them, SQLite ends the transaction by itself. What the
// model's code did then would count at once, without the position.
Result<void> Connection::check_guard() const {
    if (!guarded_ || in_transaction()) return {};
    return fail(
        Error(ErrorCode::HandlerFailed, "an error before has ended the transaction").at(path_));
}

Result<void> Connection::execute(const std::string& script) {
    BATPAK_CHECK(check_fork());
    BATPAK_CHECK(check_guard());
    const int code = sqlite3_exec(handle_, script.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return fail(error(code, script));
    return {};
}

// A kept statement is taken out while it is used, so the same text may be used twice at a time: the
// second one is compiled.
Result<std::unique_ptr<Statement>> Connection::prepare(std::string_view sql) {
    BATPAK_CHECK(check_fork());
    Statements& statements = this->statements(guarded_);
    const auto kept = statements.find(sql);
    if (kept != statements.end() && kept->second) {
        return std::make_unique<Statement>(*this, sql, std::move(kept->second));
    }
    sqlite3_stmt* compiled = nullptr;
    const char* rest = nullptr;
    const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &compiled, &rest);
    StatementHandle handle(compiled);
    if (code != SQLITE_OK) return fail(error(code, sql));
    const std::string_view behind(rest, static_cast<std::size_t>(sql.data() + sql.size() - rest));
    if (!handle || behind.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
        return fail(Error(ErrorCode::SqlFailed,
                          "not exactly one statement, which execute() is for: " + std::string(sql))
                        .at(path_));
    }
    return std::make_unique<Statement>(*this, sql, std::move(handle));
}

void Connection::keep(Statement& statement) noexcept {
    Statements& statements = this->statements(statement.guarded_);
    const auto kept = statements.find(statement.sql_);
    if (kept != statements.end()) {
        kept->second = std::move(statement.handle_);
    } else if (statements.size() < kStatementsMax) {
        statements.emplace(statement.sql_, std::move(statement.handle_));
    }
}

Result<std::uint64_t> Connection::run(std::string_view sql,
                                      std::initializer_list<SqliteValue> values) {
    BATPAK_TRY(const std::unique_ptr<Statement> statement, prepare(sql));
    BATPAK_CHECK(statement->bind(values));
    for (;;) {
        BATPAK_TRY(const bool row, statement->step());
        if (!row) break;
    }
    return static_cast<std::uint64_t>(sqlite3_changes(handle_));
}

Result<std::string> Connection::text(std::string_view sql) {
    BATPAK_TRY(const std::unique_ptr<Statement> statement, prepare(sql));
    BATPAK_TRY(const bool row, statement->step());
    if (!row) return std::string();
    const auto* const text = sqlite3_column_text(statement->handle(), 0);
    return std::string(text == nullptr ? "" : reinterpret_cast<const char*>(text));
}

Result<bool> Connection::file_has_moved() const {
    BATPAK_CHECK(check_fork());
    int moved = 0;
    const int code = sqlite3_file_control(handle_, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    if (code != SQLITE_OK) return fail(error(code, {}));
    return moved != 0;
}

void Connection::roll_back() noexcept {
    if (fork_generation() != fork_generation_ || !in_transaction()) return;
    // If even that fails, closing the connection does it.
    (void)sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

Error Connection::error(int code, std::string_view sql) const {
    std::string words = "SQLite says: ";
    words += handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
    if (!sql.empty()) words += ": " + std::string(sql);
    const int number = handle_ != nullptr ? sqlite3_system_errno(handle_) : 0;
    const ErrorCode batpak_code = code_of(code);
    const bool is_of_system =
        batpak_code == ErrorCode::Io || batpak_code == ErrorCode::FileNotFound;
    return Error(batpak_code, std::move(words)).at(path_).with_os_error(is_of_system ? number : 0);
}

// Reading is allowed, of any table; so are functions. What changes the connection or leaves its
// file is not; nor is a trigger of batpak's own table, which would run when batpak moves the
// position, or a temporary table that is found in its place.
int Connection::authorize(void* connection, int action, const char* first, const char* second,
                          const char*, const char*) noexcept {
    if (!static_cast<const Connection*>(connection)->guarded_) return SQLITE_OK;
    switch (action) {
        case SQLITE_TRANSACTION:
        case SQLITE_SAVEPOINT:
        case SQLITE_ATTACH:
        case SQLITE_DETACH: return SQLITE_DENY;
        case SQLITE_PRAGMA: return second == nullptr ? SQLITE_OK : SQLITE_DENY;
        case SQLITE_INSERT:
        case SQLITE_UPDATE:
        case SQLITE_DELETE:
        case SQLITE_DROP_TABLE:
        case SQLITE_CREATE_TEMP_TABLE:
        case SQLITE_CREATE_TEMP_VIEW: return is_text(first, kModelTable) ? SQLITE_DENY : SQLITE_OK;
        case SQLITE_CREATE_TRIGGER:
        case SQLITE_CREATE_TEMP_TRIGGER:
        case SQLITE_ALTER_TABLE: return is_text(second, kModelTable) ? SQLITE_DENY : SQLITE_OK;
        default: return SQLITE_OK;
    }
}

}  // namespace batpak::sqlite
