// LmdbCache: a ProjectionCache in an LMDB environment: a memory-mapped B+ tree, read without locks.
//
// Part of the library batpak::lmdb. A put() syncs the data and omits LMDB's sync of its meta page:
// a power cut may undo the last put(), and never damages the tree. Reads copy from the map. The
// environment belongs to one Projector: one LmdbCache of a process has it open at a time.
//
// Threads: thread-safe; up to 126 threads may read at once
// Errors:  open(): StoreLocked if this process has it open, Io, FutureFormat, CorruptCache;
//          DiskFull where the map or the disk is full; InvalidArgument; Forked; Io
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "batpak/projection/projection_cache.hpp"

namespace batpak {

namespace lmdb {
class Environment;
}

struct LmdbOptions {
    // The most that the file may grow to. It is reserved as addresses, not as memory or disk.
    std::uint64_t map_bytes = std::uint64_t{1} << 30;
};

class LmdbCache final : public ProjectionCache {
public:
    // Makes the folder if it is not there. It is LMDB that opens the files, not a FileSystem.
    [[nodiscard]] static Result<std::shared_ptr<LmdbCache>> open(const std::string& directory,
                                                                 const LmdbOptions& options = {});
    ~LmdbCache() override;

    Result<bool> get(BytesView key, Buffer& value) override;
    Result<void> put(BytesView key, BytesView value) override;
    Result<void> remove(BytesView key) override;
    Result<std::uint64_t> remove_prefix(BytesView prefix) override;

private:
    explicit LmdbCache(std::unique_ptr<lmdb::Environment> environment);

    const std::unique_ptr<lmdb::Environment> environment_;
};

}  // namespace batpak
