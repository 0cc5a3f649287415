// Each call is one transaction. Keys are in order in the table, so that all states of a projection,
// whose keys begin with its name, are side by side, and forgetting them is one walk.
#include "batpak/lmdb/lmdb_cache.hpp"

#include "lmdb/environment.hpp"

namespace batpak {

using lmdb::Transaction;

namespace {

Result<void> check_key(BytesView key) {
    if (!key.empty() && key.size() <= ProjectionCache::kKeyBytesMax) return {};
    return fail(ErrorCode::InvalidArgument, "a key has 1 to 128 bytes");
}

// Whether an answer of LMDB says that there is one.
Result<bool> found(int code, const char* doing) {
    if (code == MDB_NOTFOUND) return false;
    BATPAK_CHECK(lmdb::check(code, doing));
    return true;
}

class Cursor {
public:
    static Result<Cursor> open(const Transaction& transaction, MDB_dbi table) {
        MDB_cursor* cursor = nullptr;
        BATPAK_CHECK(
            lmdb::check(mdb_cursor_open(transaction.get(), table, &cursor), "open a cursor"));
        return Cursor(cursor);
    }
    Cursor(Cursor&& other) noexcept : cursor_(std::exchange(other.cursor_, nullptr)) {}
    Cursor& operator=(Cursor&&) = delete;
    ~Cursor() {
        if (cursor_ != nullptr) mdb_cursor_close(cursor_);
    }

    // Moves to a key; false if there is none. Borrows: until the next change.
    Result<bool> move(MDB_cursor_op where, MDB_val& key) {
        MDB_val value{};
        return found(mdb_cursor_get(cursor_, &key, &value, where), "look for a key");
    }
    Result<void> erase() { return lmdb::check(mdb_cursor_del(cursor_, 0), "remove a key"); }

private:
    explicit Cursor(MDB_cursor* cursor) noexcept : cursor_(cursor) {}

    MDB_cursor* cursor_;
};

}  // namespace

LmdbCache::LmdbCache(std::unique_ptr<lmdb::Environment> environment)
    : environment_(std::move(environment)) {}
LmdbCache::~LmdbCache() = default;

Result<std::shared_ptr<LmdbCache>> LmdbCache::open(const std::string& directory,
                                                   const LmdbOptions& options) {
    BATPAK_TRY(std::unique_ptr<lmdb::Environment> environment,
               lmdb::Environment::open(directory, options.map_bytes));
    return std::shared_ptr<LmdbCache>(new LmdbCache(std::move(environment)));
}

Result<bool> LmdbCache::get(BytesView key, Buffer& value) {
    BATPAK_CHECK(check_key(key));
    BATPAK_TRY(const Transaction transaction,
               Transaction::begin(*environment_, Transaction::Kind::Read));
    MDB_val name = lmdb::to_value(key);
    MDB_val stored{};
    BATPAK_TRY(
        const bool there,
        found(mdb_get(transaction.get(), environment_->table(), &name, &stored), "read a state"));
    // Copied while the transaction lasts: after it LMDB may write there.
    if (there) value.append(lmdb::to_bytes(stored));
    return there;
}

Result<void> LmdbCache::put(BytesView key, BytesView value) {
    BATPAK_CHECK(check_key(key));
    if (value.size() > kValueBytesMax)
        return fail(ErrorCode::InvalidArgument, "a value has 64 MiB at most");
    BATPAK_TRY(Transaction transaction,
               Transaction::begin(*environment_, Transaction::Kind::Write));
    MDB_val name = lmdb::to_value(key);
    MDB_val stored = lmdb::to_value(value);
    BATPAK_CHECK(lmdb::check(mdb_put(transaction.get(), environment_->table(), &name, &stored, 0),
                             "write a state"));
    return transaction.commit();
}

Result<void> LmdbCache::remove(BytesView key) {
    BATPAK_CHECK(check_key(key));
    BATPAK_TRY(Transaction transaction,
               Transaction::begin(*environment_, Transaction::Kind::Write));
    MDB_val name = lmdb::to_value(key);
    BATPAK_TRY(
        const bool there,
        found(mdb_del(transaction.get(), environment_->table(), &name, nullptr), "remove a state"));
    if (!there) return {};
    return transaction.commit();
}

// The cursor is closed before the commit, which LMDB asks for.
Result<std::uint64_t> LmdbCache::remove_prefix(BytesView prefix) {
    BATPAK_TRY(Transaction transaction,
               Transaction::begin(*environment_, Transaction::Kind::Write));
    std::uint64_t removed = 0;
    {
        // One transaction for all of them: a reader in another process sees all states or none.
        BATPAK_TRY(Cursor cursor, Cursor::open(transaction, environment_->table()));
        MDB_val key = lmdb::to_value(prefix);
        // LMDB has no search for a key of no bytes, which is where all keys begin.
        BATPAK_TRY(bool there, cursor.move(prefix.empty() ? MDB_FIRST : MDB_SET_RANGE, key));
        while (there && as_text(lmdb::to_bytes(key)).starts_with(as_text(prefix))) {
            BATPAK_CHECK(cursor.erase());
            ++removed;
            BATPAK_TRY(there, cursor.move(MDB_NEXT, key));
        }
    }
    BATPAK_CHECK(transaction.commit());
    return removed;
}

}  // namespace batpak
