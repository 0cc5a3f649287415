#include "batpak/sqlite/sqlite_cache.hpp"

#include "batpak/base/mutex.hpp"
#include "sqlite/database.hpp"

namespace batpak {
namespace sqlite_cache {

// The connection and its statements, which one call at a time uses.
struct CacheTable {
    Mutex mutex;
    Database database BATPAK_GUARDED_BY(mutex);
    Statement get BATPAK_GUARDED_BY(mutex);
    Statement put BATPAK_GUARDED_BY(mutex);
    Statement remove BATPAK_GUARDED_BY(mutex);
    Statement remove_prefix BATPAK_GUARDED_BY(mutex);
};

namespace {

constexpr const char* kCreate =
    "CREATE TABLE IF NOT EXISTS batpak_projection_cache"
    " (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID";
constexpr const char* kGet = "SELECT value FROM batpak_projection_cache WHERE key = ?1";
constexpr const char* kPut = "INSERT OR REPLACE INTO batpak_projection_cache VALUES (?1, ?2)";
constexpr const char* kRemove = "DELETE FROM batpak_projection_cache WHERE key = ?1";
constexpr const char* kRemovePrefix =
    "DELETE FROM batpak_projection_cache"
    " WHERE key >= ?1 AND substr(key, 1, length(?1)) = ?1";

// Resets a statement at the end of the call, whatever its answer.
class Using {
public:
    explicit Using(Statement& statement) noexcept : statement_(statement) {}
    ~Using() { statement_.reset(); }
    Using(const Using&) = delete;
    Using& operator=(const Using&) = delete;
    Statement* operator->() noexcept { return &statement_; }

private:
    Statement& statement_;
};

Result<void> check_key(BytesView key) {
    if (!key.empty() && key.size() <= ProjectionCache::kKeyBytesMax) return {};
    return fail(ErrorCode::InvalidArgument, "a key has 1 to 128 bytes");
}

}  // namespace
}  // namespace sqlite_cache

using sqlite_cache::Database;
using sqlite_cache::Statement;
using sqlite_cache::Using;

SqliteCache::SqliteCache(std::unique_ptr<sqlite_cache::CacheTable> table)
    : table_(std::move(table)) {}
SqliteCache::~SqliteCache() = default;

Result<std::shared_ptr<SqliteCache>> SqliteCache::open(const std::string& file) {
    BATPAK_TRY(Database database, Database::open(file));
    BATPAK_CHECK(database.run(sqlite_cache::kCreate));
    BATPAK_TRY(Statement get, database.prepare(sqlite_cache::kGet));
    BATPAK_TRY(Statement put, database.prepare(sqlite_cache::kPut));
    BATPAK_TRY(Statement remove, database.prepare(sqlite_cache::kRemove));
    BATPAK_TRY(Statement remove_prefix, database.prepare(sqlite_cache::kRemovePrefix));
    std::unique_ptr<sqlite_cache::CacheTable> table(
        new sqlite_cache::CacheTable{{},
                                     std::move(database),
                                     std::move(get),
                                     std::move(put),
                                     std::move(remove),
                                     std::move(remove_prefix)});
    return std::shared_ptr<SqliteCache>(new SqliteCache(std::move(table)));
}

Result<bool> SqliteCache::get(BytesView key, Buffer& value) {
    BATPAK_CHECK(sqlite_cache::check_key(key));
    const MutexLock lock(table_->mutex);
    BATPAK_CHECK(table_->database.check_fork());
    Using statement(table_->get);
    statement->bind(1, key);
    BATPAK_TRY(const bool there, statement->step());
    if (there) value.append(statement->bytes(0));
    return there;
}

Result<void> SqliteCache::put(BytesView key, BytesView value) {
    BATPAK_CHECK(sqlite_cache::check_key(key));
    if (value.size() > kValueBytesMax)
        return fail(ErrorCode::InvalidArgument, "a value has 64 MiB at most");
    const MutexLock lock(table_->mutex);
    BATPAK_CHECK(table_->database.check_fork());
    Using statement(table_->put);
    statement->bind(1, key).bind(2, value);
    BATPAK_CHECK(statement->step());
    return {};
}

Result<void> SqliteCache::remove(BytesView key) {
    BATPAK_CHECK(sqlite_cache::check_key(key));
    const MutexLock lock(table_->mutex);
    BATPAK_CHECK(table_->database.check_fork());
    Using statement(table_->remove);
    statement->bind(1, key);
    BATPAK_CHECK(statement->step());
    return {};
}

Result<std::uint64_t> SqliteCache::remove_prefix(BytesView prefix) {
    const MutexLock lock(table_->mutex);
    BATPAK_CHECK(table_->database.check_fork());
    Using statement(table_->remove_prefix);
    statement->bind(1, prefix);
    BATPAK_CHECK(statement->step());
    return table_->database.changes();
}

}  // namespace batpak
