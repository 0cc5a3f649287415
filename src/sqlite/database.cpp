#include "sqlite/database.hpp"

#include <limits>

#include "batpak/base/assert.hpp"

namespace batpak::sqlite_cache {
namespace {

// How long a call waits for another process that is writing.
constexpr int kBusyMilliseconds = 1000;

ErrorCode code_of(int code) noexcept {
    switch (code & 0xFF) {
        case SQLITE_FULL: return ErrorCode::DiskFull;
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return ErrorCode::StoreLocked;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return ErrorCode::CorruptCache;
        case SQLITE_TOOBIG: return ErrorCode::InvalidArgument;
        default: return ErrorCode::Io;
    }
}

Error error_of(sqlite3* handle, int code) {
    const char* const words = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    Error error(code_of(code), std::string("SQLite says: ") + words);
    return std::move(error).with_os_error(handle != nullptr ? sqlite3_system_errno(handle) : 0);
}

}  // namespace

Result<Database> Database::open(const std::string& file) {
    sqlite3* handle = nullptr;
    constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    const int code = sqlite3_open_v2(file.c_str(), &handle, kFlags, nullptr);
    Database database(handle);
    if (code != SQLITE_OK) return fail(error_of(handle, code).at(file));
    sqlite3_busy_timeout(handle, kBusyMilliseconds);
    if (auto set = database.run("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL"); !set)
        return fail(std::move(set).error().at(file));
    return database;
}

Database::~Database() {
    // The parent's, if this is a child: only forgetting is safe.
    if (fork_generation() == fork_generation_) sqlite3_close_v2(handle_);
}

Result<void> Database::check_fork() const {
    if (fork_generation() == fork_generation_) return {};
    return fail(ErrorCode::Forked, "the database was opened before a fork()");
}

Result<void> Database::run(const std::string& sql) {
    const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return fail(error_of(handle_, code));
    return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return fail(error_of(handle_, code));
    return Statement(statement);
}

std::uint64_t Database::changes() const noexcept {
    return static_cast<std::uint64_t>(sqlite3_changes(handle_));
}

Statement::~Statement() { sqlite3_finalize(handle_); }

Statement& Statement::bind(int parameter, BytesView bytes) {
    BATPAK_ASSERT(bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
    // An empty run may have no address, which SQLite would take for NULL.
    const void* const data = bytes.empty() ? "" : static_cast<const void*>(bytes.data());
    const int code =
        sqlite3_bind_blob(handle_, parameter, data, static_cast<int>(bytes.size()), SQLITE_STATIC);
    BATPAK_ASSERT(code == SQLITE_OK);
    return *this;
}

Result<bool> Statement::step() {
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return fail(error_of(sqlite3_db_handle(handle_), code));
}

BytesView Statement::bytes(int column) {
    const auto* const data = static_cast<const std::byte*>(sqlite3_column_blob(handle_, column));
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

void Statement::reset() noexcept {
    // Its answer is the last step's, which was told.
    (void)sqlite3_reset(handle_);
    (void)sqlite3_clear_bindings(handle_);
}

}  // namespace batpak::sqlite_cache
