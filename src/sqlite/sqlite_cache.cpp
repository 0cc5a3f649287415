// One table, in WAL mode, synced at checkpoints only: what a power cut takes from a cache is folded
// again. Errors that mean a damaged read model elsewhere mean a damaged cache here.
#include "batpak/sqlite/sqlite_cache.hpp"

#include "batpak/base/detail/mutex.hpp"
#include "sqlite/connection.hpp"

namespace batpak {
namespace sqlite {

// The connection, which one call at a time uses.
class CacheTable {
public:
    explicit CacheTable(std::unique_ptr<Connection> connection)
        : connection_(std::move(connection)) {}

    [[nodiscard]] Result<bool> get(BytesView key, Buffer& value) {
        const MutexLock lock(mutex_);
        BATPAK_TRY(const auto statement, connection_->prepare(kGet));
        BATPAK_CHECK(statement->bind({key}));
        BATPAK_TRY(const bool there, statement->step());
        if (there) value.append(first_column(*statement));
        return there;
    }

    // How many rows it changed.
    [[nodiscard]] Result<std::uint64_t> run(std::string_view sql,
                                            std::initializer_list<SqliteValue> values) {
        const MutexLock lock(mutex_);
        return connection_->run(sql, values);
    }

    // Leaves no byte of what was removed in the files, unless somebody else is reading.
    [[nodiscard]] Result<void> shrink() {
        const MutexLock lock(mutex_);
        return connection_->execute("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
    }

private:
    static constexpr std::string_view kGet =
        "SELECT value FROM batpak_projection_cache WHERE key = ?1";

    static BytesView first_column(const Statement& statement) {
        const void* const data = sqlite3_column_blob(statement.handle(), 0);
        return {static_cast<const std::byte*>(data),
                static_cast<std::size_t>(sqlite3_column_bytes(statement.handle(), 0))};
    }

    Mutex mutex_;
    const std::unique_ptr<Connection> connection_ BATPAK_GUARDED_BY(mutex_);
};

}  // namespace sqlite

namespace {

using sqlite::Connection;

// How long a call waits for another process that is writing.
constexpr std::chrono::milliseconds kLockTimeout{1000};

// A power cut may undo the last put()s of a file that is synced at checkpoints only.
constexpr const char* kCreate =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
    " CREATE TABLE IF NOT EXISTS batpak_projection_cache"
    " (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID";
constexpr std::string_view kPut = "INSERT OR REPLACE INTO batpak_projection_cache VALUES (?1, ?2)";
constexpr std::string_view kRemove = "DELETE FROM batpak_projection_cache WHERE key = ?1";
constexpr std::string_view kRemovePrefix =
    "DELETE FROM batpak_projection_cache"
    " WHERE key >= ?1 AND substr(key, 1, length(?1)) = ?1";

// A damaged cache is no damaged read model: it is thrown away and folded again.
template <class T>
Result<T> of_cache(Result<T> result) {
    if (result || result.error().code() != ErrorCode::CorruptReadModel) return result;
    return fail(Error(ErrorCode::CorruptCache, result.error().detail()).at(result.error().place()));
}

Result<void> check_key(BytesView key) {
    if (!key.empty() && key.size() <= ProjectionCache::kKeyBytesMax) return {};
    return fail(ErrorCode::InvalidArgument, "a key has 1 to 128 bytes");
}

}  // namespace

SqliteCache::SqliteCache(std::unique_ptr<sqlite::CacheTable> table) : table_(std::move(table)) {}
SqliteCache::~SqliteCache() = default;

Result<std::shared_ptr<SqliteCache>> SqliteCache::open(const std::string& file) {
    BATPAK_TRY(auto connection,
               of_cache(Connection::open(file, Connection::Mode::Write, kLockTimeout)));
    BATPAK_CHECK(of_cache(connection->execute(kCreate)));
    return std::shared_ptr<SqliteCache>(
        new SqliteCache(std::make_unique<sqlite::CacheTable>(std::move(connection))));
}

Result<bool> SqliteCache::get(BytesView key, Buffer& value) {
    BATPAK_CHECK(check_key(key));
    return of_cache(table_->get(key, value));
}

Result<void> SqliteCache::put(BytesView key, BytesView value) {
    BATPAK_CHECK(check_key(key));
    if (value.size() > kValueBytesMax)
        return fail(ErrorCode::InvalidArgument, "a value has 64 MiB at most");
    BATPAK_CHECK(of_cache(table_->run(kPut, {key, value})));
    return {};
}

Result<void> SqliteCache::remove(BytesView key) {
    BATPAK_CHECK(check_key(key));
    BATPAK_CHECK(of_cache(table_->run(kRemove, {key})));
    return {};
}

Result<std::uint64_t> SqliteCache::remove_prefix(BytesView prefix) {
    BATPAK_TRY(const std::uint64_t removed, of_cache(table_->run(kRemovePrefix, {prefix})));
    // Pages that are free keep what was in them, also of values that were replaced before: an
    // erasure removes everything because of what it may hold.
    if (prefix.empty()) BATPAK_CHECK(of_cache(table_->shrink()));
    return removed;
}

}  // namespace batpak
