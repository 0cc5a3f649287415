// Database and Statement: SQLite's handles, owned, with batpak's errors.
//
// Threads: thread-compatible: a Database and its Statements are of one thread at a time
// Errors:  CorruptCache, DiskFull, StoreLocked, Forked, Io
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "batpak/base/bytes.hpp"
#include "batpak/base/fork.hpp"
#include "batpak/base/result.hpp"

namespace batpak::sqlite_cache {

class Statement;

class Database {
public:
    // Opens or makes the file, in WAL mode, synced at checkpoints only.
    [[nodiscard]] static Result<Database> open(const std::string& file);
    Database(Database&& other) noexcept
        : handle_(std::exchange(other.handle_, nullptr)),
          fork_generation_(other.fork_generation_) {}
    Database& operator=(Database&&) = delete;
    // Its Statements go first.
    ~Database();

    // A child after fork() must not touch what its parent has open.
    [[nodiscard]] Result<void> check_fork() const;
    // Statements without parameters, and without an answer.
    [[nodiscard]] Result<void> run(const std::string& sql);
    [[nodiscard]] Result<Statement> prepare(std::string_view sql);
    // Of the last statement that changed something.
    std::uint64_t changes() const noexcept;

private:
    friend class Statement;
    explicit Database(sqlite3* handle) noexcept : handle_(handle) {}

    sqlite3* handle_;
    std::uint64_t fork_generation_ = fork_generation();
};

class Statement {
public:
    Statement(Statement&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    // Parameters count from 1. Borrows: until reset().
    Statement& bind(int parameter, BytesView bytes);
    // The next row; false at the end.
    [[nodiscard]] Result<bool> step();
    // Borrows: until the next step() or reset().
    BytesView bytes(int column);
    // Ready for other parameters; what it locked is free.
    void reset() noexcept;

private:
    friend class Database;
    explicit Statement(sqlite3_stmt* handle) noexcept : handle_(handle) {}

    sqlite3_stmt* handle_;
};

}  // namespace batpak::sqlite_cache
