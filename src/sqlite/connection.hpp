// Connection: an sqlite3 handle, its compiled statements, and what code in its transaction may do.
//
// While it is guarded, as it is when the code of a read model runs, no statement is compiled that
// would begin or end a transaction, change the connection, or write to the table of the position;
// and none runs outside a transaction, where SQLite may have gone by itself after an error.
//
// Threads: thread-compatible
// Errors:  SqlFailed, ModelLocked, CorruptReadModel, DiskFull, FileNotFound, Unsupported, Forked,
//          Io, HandlerFailed
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "batpak/base/detail/fork.hpp"
#include "batpak/base/detail/text_hash.hpp"
#include "batpak/sqlite/sqlite_database.hpp"

namespace batpak::sqlite {

// The table with a model's position.
inline constexpr std::string_view kModelTable = "batpak_model";

class Connection;

struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
using StatementHandle = std::unique_ptr<sqlite3_stmt, Finalize>;

// A statement in use; it goes back to its connection's store of statements.
class Statement {
public:
    Statement(Connection& connection, std::string_view sql, StatementHandle handle);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    [[nodiscard]] Result<void> bind(std::initializer_list<SqliteValue> values);
    // The next row; false at the end.
    [[nodiscard]] Result<bool> step();
    sqlite3_stmt* handle() const noexcept { return handle_.get(); }

private:
    friend class Connection;

    Connection& connection_;
    const std::string sql_;
    StatementHandle handle_;
    const bool guarded_;  // when it was compiled
    bool at_end_ = false;
};

class Connection {
public:
    enum class Mode : std::uint8_t { Write, Read };
    // How many compiled statements are kept, of each sort.
    static constexpr std::size_t kStatementsMax = 128;

    [[nodiscard]] static Result<std::unique_ptr<Connection>> open(
        const std::string& path, Mode mode, std::chrono::milliseconds lock_timeout);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // A child after fork() must not touch what its parent has open.
    [[nodiscard]] Result<void> check_fork() const;
    [[nodiscard]] Result<void> execute(const std::string& script);
    [[nodiscard]] Result<std::unique_ptr<Statement>> prepare(std::string_view sql);
    // One statement without an answer.
    [[nodiscard]] Result<std::uint64_t> run(std::string_view sql,
                                            std::initializer_list<SqliteValue> values);
    [[nodiscard]] Result<std::string> text(std::string_view sql);

    // Whether the path names another file by now, or none.
    [[nodiscard]] Result<bool> file_has_moved() const;
    bool in_transaction() const noexcept { return sqlite3_get_autocommit(handle_) == 0; }
    void roll_back() noexcept;
    Error error(int code, std::string_view sql) const;
    sqlite3* handle() noexcept { return handle_; }
    const std::string& path() const noexcept { return path_; }

    // Guards what the call does.
    template <class Call>
    auto guarded(const Call& call) {
        const Guard guard(*this);
        return call();
    }
    [[nodiscard]] Result<void> check_guard() const;

private:
    friend class Statement;

    class Guard {
    public:
        explicit Guard(Connection& connection) : connection_(connection) {
            connection_.guarded_ = true;
        }
        ~Guard() { connection_.guarded_ = false; }
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;

    private:
        Connection& connection_;
    };

    Connection(sqlite3* handle, std::string path) : handle_(handle), path_(std::move(path)) {}

    static int authorize(void* connection, int action, const char* first, const char* second,
                         const char*, const char*) noexcept;
    void keep(Statement& statement) noexcept;

    sqlite3* const handle_;
    const std::string path_;
    const std::uint64_t fork_generation_ = fork_generation();
    bool guarded_ = false;
    // Apart, so that what was compiled where nothing is forbidden is not found where something is.
    // Of those that are in use, only the text stands here.
    using Statements = std::unordered_map<std::string, StatementHandle, TextHash, std::equal_to<>>;
    Statements& statements(bool guarded) noexcept { return guarded ? of_model_ : own_; }
    Statements own_;
    Statements of_model_;
};

}  // namespace batpak::sqlite
