// One environment for each folder and process, which LMDB asks for and does not check. What belongs
// to the parent is left alone in a child after fork(): not even closed.
#include "lmdb/environment.hpp"

#include <cerrno>
#include <filesystem>
#include <set>
#include <system_error>

#include "batpak/base/detail/lasting.hpp"
#include "batpak/base/detail/mutex.hpp"

namespace batpak::lmdb {
namespace {

constexpr unsigned kFileMode = 0600;

// LMDB takes locks of its own for each process, so that opening an environment twice in one process
// would give them back when the first of the two is closed. Nothing but this list tells.
class OpenPaths {
public:
    bool add(const std::string& path) {
        const MutexLock lock(mutex_);
        return paths_.insert(path).second;
    }
    void remove(const std::string& path) {
        const MutexLock lock(mutex_);
        paths_.erase(path);
    }

private:
    Mutex mutex_;
    std::set<std::string> paths_ BATPAK_GUARDED_BY(mutex_);
};

OpenPaths& open_paths() {
    static Lasting<OpenPaths> paths;
    return *paths;
}

ErrorCode code_of(int code) noexcept {
    switch (code) {
        case MDB_MAP_FULL:
        case MDB_READERS_FULL:
        case MDB_TXN_FULL:
        case ENOSPC:
        case EDQUOT: return ErrorCode::DiskFull;
        case MDB_VERSION_MISMATCH: return ErrorCode::FutureFormat;
        case MDB_INVALID:
        case MDB_CORRUPTED:
        case MDB_PAGE_NOTFOUND:
        case MDB_PANIC: return ErrorCode::CorruptCache;
        case MDB_BAD_VALSIZE: return ErrorCode::InvalidArgument;
        default: return ErrorCode::Io;
    }
}

}  // namespace

Result<void> check(int code, const std::string& doing) {
    if (code == MDB_SUCCESS) return {};
    // Codes of LMDB are negative, those of the operating system are positive.
    Error error(code_of(code), doing + ": " + mdb_strerror(code));
    return fail(std::move(error).with_os_error(code > 0 ? code : 0));
}

// By its canonical path, so that two names of one folder are one folder.
Result<std::unique_ptr<Environment>> Environment::open(const std::string& directory,
                                                       std::uint64_t map_bytes) {
    std::error_code failed;
    std::filesystem::create_directories(directory, failed);
    std::string path;
    if (!failed) path = std::filesystem::canonical(directory, failed).string();
    if (failed) {
        return fail(Error(ErrorCode::Io, "cannot make the folder")
                        .at(directory)
                        .with_os_error(failed.value()));
    }
    if (!open_paths().add(path)) {
        return fail(Error(ErrorCode::StoreLocked,
                          "this process has the LMDB environment open: share "
                          "that LmdbCache")
                        .at(directory));
    }
    std::unique_ptr<Environment> environment(new Environment(std::move(path)));
    if (auto started = environment->start(map_bytes); !started) {
        return fail(std::move(started).error().at(directory));
    }
    return environment;
}

// NOMETASYNC: a power cut may take the last commit of a cache, and leaves it sound.
Result<void> Environment::start(std::uint64_t map_bytes) {
    BATPAK_CHECK(check(mdb_env_create(&environment_), "make an LMDB environment"));
    BATPAK_CHECK(check(mdb_env_set_mapsize(environment_, map_bytes), "set the size of the map"));
    // NOTLS: a read belongs to its transaction and not to its thread.
    BATPAK_CHECK(check(mdb_env_open(environment_, path_.c_str(),
                                    MDB_NOTLS | MDB_NOMETASYNC | MDB_NORDAHEAD, kFileMode),
                       "open the LMDB environment"));
    // A reader whose process has died would keep old pages from being used again, and the file
    // would grow with each write.
    int dead_readers = 0;
    BATPAK_CHECK(check(mdb_reader_check(environment_, &dead_readers), "clear dead readers"));
    BATPAK_TRY(Transaction transaction, Transaction::begin(*this, Transaction::Kind::Write));
    BATPAK_CHECK(
        check(mdb_dbi_open(transaction.get(), nullptr, MDB_CREATE, &table_), "open the table"));
    return transaction.commit();
}

Environment::~Environment() {
    // The parent's, if this is a child: only forgetting is safe.
    if (environment_ != nullptr && fork_generation() == fork_generation_)
        mdb_env_close(environment_);
    open_paths().remove(path_);
}

Result<void> Environment::check_fork() const {
    if (fork_generation() == fork_generation_) return {};
    return fail(ErrorCode::Forked, "the LMDB environment was opened before a fork()");
}

Result<Transaction> Transaction::begin(const Environment& environment, Kind kind) {
    BATPAK_CHECK(environment.check_fork());
    MDB_txn* transaction = nullptr;
    const unsigned flags = kind == Kind::Read ? MDB_RDONLY : 0U;
    BATPAK_CHECK(check(mdb_txn_begin(environment.get(), nullptr, flags, &transaction),
                       "begin an LMDB transaction"));
    return Transaction(transaction);
}

Transaction::~Transaction() {
    if (transaction_ != nullptr) mdb_txn_abort(transaction_);
}

// LMDB ends the transaction also if the commit fails: it must not be aborted after that.
Result<void> Transaction::commit() {
    return check(mdb_txn_commit(std::exchange(transaction_, nullptr)), "commit to LMDB");
}

}  // namespace batpak::lmdb
