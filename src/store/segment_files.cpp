#include "store/segment_files.hpp"

namespace batpak::store {

Result<std::shared_ptr<File>> SegmentFiles::get(std::uint64_t segment_id) {
    {
        const MutexLock lock(mutex_);
        if (const auto found = by_id_.find(segment_id); found != by_id_.end()) {
            by_use_.splice(by_use_.begin(), by_use_, found->second);
            return found->second->file;
        }
    }
    // Opened without the lock: two threads may open the same file, and one of the two is dropped.
    BATPAK_TRY(std::shared_ptr<File> file, directory_.open_segment(segment_id, OpenMode::ReadOnly));
    const MutexLock lock(mutex_);
    if (const auto found = by_id_.find(segment_id); found != by_id_.end())
        return found->second->file;
    by_use_.push_front({segment_id, file});
    by_id_[segment_id] = by_use_.begin();
    if (by_use_.size() > open_files_max_) {
        by_id_.erase(by_use_.back().segment_id);
        by_use_.pop_back();
    }
    return file;
}

}  // namespace batpak::store
