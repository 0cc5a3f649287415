// SegmentFiles: segments opened for reading, at most so many at a time.
//
// Threads: thread-safe. What was handed out stays usable after it left the cache.
// Errors:  those of StoreDirectory::open_segment; map: those of File::map
#pragma once

#include <list>
#include <memory>
#include <unordered_map>

#include "batpak/base/detail/mutex.hpp"
#include "batpak/base/file_system.hpp"
#include "batpak/base/result.hpp"
#include "store/log/store_directory.hpp"

namespace batpak::store {

class SegmentFiles {
public:
    // Borrows: the directory.
    SegmentFiles(StoreDirectory& directory, std::size_t open_files_max)
        : directory_(directory), open_files_max_(open_files_max) {}

    [[nodiscard]] Result<std::shared_ptr<File>> get(std::uint64_t segment_id);
    // All of the file, as long as it is now. Requires: it is sealed, so that it stays so (not
    // checked: only the MANIFEST knows).
    [[nodiscard]] Result<std::shared_ptr<Mapping>> map(std::uint64_t segment_id);
    // Another file has the segment's name now.
    void forget(std::uint64_t segment_id);
    // Gives back the descriptors of all that nobody is reading.
    void release();
    // Opens every file by its name again when it is next asked for: another may have it by now.
    void forget_all();

private:
    struct Open {
        std::uint64_t segment_id;
        std::shared_ptr<File> file;
        std::shared_ptr<Mapping> mapping;  // null until somebody asks for it
    };

    // Null if it is not held open; else it counts as used now.
    Open* find(std::uint64_t segment_id) BATPAK_REQUIRES(mutex_);

    StoreDirectory& directory_;
    const std::size_t open_files_max_;

    Mutex mutex_;
    std::uint64_t forgotten_ BATPAK_GUARDED_BY(mutex_) = 0;  // how often
    std::list<Open> by_use_ BATPAK_GUARDED_BY(mutex_);       // most recently used first
    std::unordered_map<std::uint64_t, std::list<Open>::iterator> by_id_ BATPAK_GUARDED_BY(mutex_);
};

}  // namespace batpak::store
