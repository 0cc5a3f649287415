// Environment: one open LMDB environment with its one table, and transactions that end by
// themselves.
//
// Threads: thread-safe; a Transaction belongs to the thread that began it
// Errors:  those of LMDB, as batpak's codes
#pragma once

#include <lmdb.h>

#include <cstdint>
#include <memory>
#include <string>

#include "batpak/base/bytes.hpp"
#include "batpak/base/detail/fork.hpp"
#include "batpak/base/result.hpp"

namespace batpak::lmdb {

// Success is an empty Result; `doing` is a clause for people.
[[nodiscard]] Result<void> check(int code, const std::string& doing);

inline MDB_val to_value(BytesView bytes) noexcept {
    return {bytes.size(), const_cast<std::byte*>(bytes.data())};
}
inline BytesView to_bytes(const MDB_val& value) noexcept {
    return {static_cast<const std::byte*>(value.mv_data), value.mv_size};
}

class Environment {
public:
    [[nodiscard]] static Result<std::unique_ptr<Environment>> open(const std::string& directory,
                                                                   std::uint64_t map_bytes);
    ~Environment();
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

    // A child after fork() must not touch what its parent has open.
    [[nodiscard]] Result<void> check_fork() const;

    MDB_env* get() const noexcept { return environment_; }
    MDB_dbi table() const noexcept { return table_; }

private:
    explicit Environment(std::string path) : path_(std::move(path)) {}
    [[nodiscard]] Result<void> start(std::uint64_t map_bytes);

    const std::string path_;  // absolute, without links: what other openings are told apart by
    const std::uint64_t fork_generation_ = fork_generation();
    MDB_env* environment_ = nullptr;
    MDB_dbi table_ = 0;
};

class Transaction {
public:
    enum class Kind : std::uint8_t { Read, Write };

    [[nodiscard]] static Result<Transaction> begin(const Environment& environment, Kind kind);
    Transaction(Transaction&& other) noexcept
        : transaction_(std::exchange(other.transaction_, nullptr)) {}
    Transaction& operator=(Transaction&&) = delete;
    // Undoes what was not committed.
    ~Transaction();

    [[nodiscard]] Result<void> commit();
    MDB_txn* get() const noexcept { return transaction_; }

private:
    explicit Transaction(MDB_txn* transaction) noexcept : transaction_(transaction) {}

    MDB_txn* transaction_;
};

}  // namespace batpak::lmdb
