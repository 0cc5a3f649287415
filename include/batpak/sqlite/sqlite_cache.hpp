// SqliteCache: a ProjectionCache in one table of an SQLite database: a B-tree in a single file.
//
// Part of the library batpak::sqlite. For use where a memory map is unwanted, or where the states
// are to be viewed with the sqlite3 shell. The database is in WAL mode and not synced by put(): a
// power cut may undo the last put()s, and never damages it. The file may hold other tables.
//
// Threads: thread-safe; calls of one SqliteCache wait for one another
// Errors:  CorruptCache, DiskFull, ModelLocked while another process writes too long, FileNotFound
//          where there is no such folder, InvalidArgument, SqlFailed, Forked, Io
#pragma once

#include <memory>
#include <string>

#include "batpak/projection/projection_cache.hpp"

namespace batpak {

namespace sqlite {
class CacheTable;
}

class SqliteCache final : public ProjectionCache {
public:
    // Makes the file if it is not there, not its folder. It is SQLite that opens it, not a
    // FileSystem.
    [[nodiscard]] static Result<std::shared_ptr<SqliteCache>> open(const std::string& file);
    ~SqliteCache() override;

    Result<bool> get(BytesView key, Buffer& value) override;
    Result<void> put(BytesView key, BytesView value) override;
    Result<void> remove(BytesView key) override;
    Result<std::uint64_t> remove_prefix(BytesView prefix) override;

private:
    explicit SqliteCache(std::unique_ptr<sqlite::CacheTable> table);

    const std::unique_ptr<sqlite::CacheTable> table_;
};

}  // namespace batpak
