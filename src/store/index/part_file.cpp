// A read of a part:
//
//     the cache has the block          its bytes, proved when they were kept
//     it does not                      the file, all of the block, its checksum, into the cache
//     the file or the checksum fails   lost, for good: another index answers (INV I3)
#include "store/index/part_file.hpp"

#include <algorithm>
#include <array>

#include "base/hash/crc32.hpp"
#include "batpak/base/assert.hpp"

namespace batpak::store {

Result<std::shared_ptr<File>> PartFiles::get(std::uint64_t part, const std::string& name) {
    {
        const MutexLock lock(mutex_);
        const auto found = by_part_.find(part);
        if (found != by_part_.end()) {
            by_use_.splice(by_use_.begin(), by_use_, found->second);
            return found->second->file;
        }
    }
    BATPAK_TRY(std::shared_ptr<File> file, directory_.open_index_file(name));
    keep(part, file);
    return file;
}

// What is over the limit leaves the list. A reader that is at work on it keeps its file open for as
// long as that takes.
void PartFiles::keep(std::uint64_t part, std::shared_ptr<File> file) {
    const MutexLock lock(mutex_);
    if (by_part_.contains(part)) return;
    // Both lists have it, or, where memory runs out, neither.
    std::list<Open> fresh;
    fresh.push_front({part, std::move(file)});
    by_part_[part] = fresh.begin();
    by_use_.splice(by_use_.begin(), fresh);
    if (by_use_.size() > open_files_max_) {
        by_part_.erase(by_use_.back().part);
        by_use_.pop_back();
    }
    BATPAK_ASSERT(by_part_.size() == by_use_.size() && by_use_.size() <= open_files_max_);
}

void PartFiles::forget(std::uint64_t part) noexcept {
    if (mark_.is_inherited()) return;
    const MutexLock lock(mutex_);
    const auto found = by_part_.find(part);
    if (found == by_part_.end()) return;
    by_use_.erase(found->second);
    by_part_.erase(found);
}

void PartFiles::release() {
    const MutexLock lock(mutex_);
    by_part_.clear();
    by_use_.clear();
}

PartFile::PartFile(std::shared_ptr<PartFiles> files, std::string name, std::uint64_t body_bytes,
                   std::vector<std::uint32_t> checksums)
    : files_(std::move(files)),
      name_(std::move(name)),
      body_bytes_(body_bytes),
      checksums_(std::move(checksums)),
      // An empty part has a number as well.
      first_block_(files_->blocks().take_numbers(std::max<std::size_t>(checksums_.size(), 1))) {
    BATPAK_ASSERT(checksums_.size() == (body_bytes + kIndexBlockBytes - 1) / kIndexBlockBytes);
}

// All of a block is read, because its checksum covers all of it.
bool PartFile::fetch(std::uint64_t block, std::size_t inside, MutableBytesView into) const {
    BATPAK_ASSERT(block < checksums_.size());
    std::array<std::byte, kIndexBlockBytes> bytes;
    const std::uint64_t left = body_bytes_ - block * kIndexBlockBytes;
    const auto whole = MutableBytesView(bytes).first(std::min<std::uint64_t>(bytes.size(), left));
    BATPAK_ASSERT(inside + into.size() <= whole.size());
    if (!read_blocks(block, whole)) return false;
    files_->blocks().keep(first_block_ + block, whole);
    std::ranges::copy(whole.subspan(inside, into.size()), into.begin());
    return true;
}

bool PartFile::read_blocks(std::uint64_t first_block, MutableBytesView into) const {
    BATPAK_ASSERT(first_block < checksums_.size());
    const std::uint64_t end = first_block * kIndexBlockBytes + into.size();
    BATPAK_ASSERT(end % kIndexBlockBytes == 0 || end == body_bytes_);
    if (is_lost()) return false;
    const auto read_proved = [&] {
        const auto file = files_->get(first_block_, name_);
        if (!file) return false;
        const auto read = (*file)->read_at(kPartHeaderBytes + first_block * kIndexBlockBytes, into);
        if (!read || *read != into.size()) return false;
        for (std::uint64_t block = first_block; !into.empty(); ++block) {
            const MutableBytesView bytes = into.first(std::min(into.size(), kIndexBlockBytes));
            if (crc32(bytes) != checksums_[block]) return false;
            into = into.subspan(bytes.size());
        }
        return true;
    };
    if (read_proved()) return true;
    // For good, also if a later read would succeed: by then RunHandle asks another index.
    lost_.store(true, std::memory_order_release);
    return false;
}

}  // namespace batpak::store
