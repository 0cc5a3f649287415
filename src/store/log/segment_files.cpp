// A list by use and a map into it: get() moves what it finds to the front, and what is over the
// limit leaves at the back. Files are opened and mapped with no lock held, because that may take as
// long as the disk likes; so each comes back to a cache that may have changed, and looks again:
//
//     forgotten_ went up    another file may have the name by now: it is handed out, and not kept
//     another was faster    its file is used, and this one is dropped
#include "store/log/segment_files.hpp"

#include "batpak/base/assert.hpp"

namespace batpak::store {

SegmentFiles::Open* SegmentFiles::find(std::uint64_t segment_id) {
    const auto found = by_id_.find(segment_id);
    if (found == by_id_.end()) return nullptr;
    BATPAK_ASSERT(found->second->segment_id == segment_id);
    by_use_.splice(by_use_.begin(), by_use_, found->second);
    return &*found->second;
}

void SegmentFiles::forget(std::uint64_t segment_id) {
    const MutexLock lock(mutex_);
    ++forgotten_;
    const auto found = by_id_.find(segment_id);
    if (found == by_id_.end()) return;
    by_use_.erase(found->second);
    by_id_.erase(found);
    BATPAK_ASSERT(by_id_.size() == by_use_.size());
}

void SegmentFiles::release() {
    const MutexLock lock(mutex_);
    by_id_.clear();
    by_use_.clear();
}

Result<std::shared_ptr<File>> SegmentFiles::get(std::uint64_t segment_id) {
    std::uint64_t forgotten = 0;
    {
        const MutexLock lock(mutex_);
        if (const Open* const open = find(segment_id)) return open->file;
        forgotten = forgotten_;
    }
    // Opened without the lock: two threads may open the same file, and one of the two is dropped.
    BATPAK_TRY(std::shared_ptr<File> file, directory_.open_segment(segment_id, OpenMode::ReadOnly));
    const MutexLock lock(mutex_);
    if (forgotten != forgotten_) return file;
    if (const Open* const open = find(segment_id)) return open->file;
    // Both lists have it, or, where memory runs out, neither.
    std::list<Open> fresh;
    fresh.push_front({segment_id, file, nullptr});
    by_id_[segment_id] = fresh.begin();
    by_use_.splice(by_use_.begin(), fresh);
    if (by_use_.size() > open_files_max_) {
        by_id_.erase(by_use_.back().segment_id);
        by_use_.pop_back();
    }
    BATPAK_ASSERT(by_id_.size() == by_use_.size() && by_use_.size() <= open_files_max_);
    return file;
}

void SegmentFiles::forget_all() {
    const MutexLock lock(mutex_);
    ++forgotten_;
    by_id_.clear();
    by_use_.clear();
}

// It maps as many bytes as the file has now, which is all of a sealed segment. A mapping stays as
// long as a reader has it, whatever becomes of the file's place here.
Result<std::shared_ptr<Mapping>> SegmentFiles::map(std::uint64_t segment_id) {
    {
        const MutexLock lock(mutex_);
        const Open* const open = find(segment_id);
        if (open != nullptr && open->mapping) return open->mapping;
    }
    BATPAK_TRY(const std::shared_ptr<File> file, get(segment_id));
    BATPAK_TRY(const FileStat stat, file->stat());
    BATPAK_TRY(std::shared_ptr<Mapping> mapping, file->map(stat.size_bytes, false));
    const MutexLock lock(mutex_);
    Open* const open = find(segment_id);
    if (open == nullptr || open->file != file) return mapping;
    if (!open->mapping) open->mapping = std::move(mapping);
    return open->mapping;
}

}  // namespace batpak::store
