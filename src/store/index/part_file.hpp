// PartFile: the body of an index part, read from its file block by block.
//
// Files of the index folder are anybody's to copy over, to cut and to clear, and disks fail. So a
// part is proved when it is opened, and each block again, by the checksum that it had then,
// whenever it is read: what was changed since, or cannot be read, is never taken for the part. Then
// the part is *lost*, for good, and another index must be asked (Index::is_lost).
//
// Threads: thread-safe
// Errors:  none but is_lost(); memory that runs out throws std::bad_alloc and loses nothing
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "batpak/base/assert.hpp"
#include "batpak/base/bytes.hpp"
#include "batpak/base/detail/fork.hpp"
#include "batpak/base/detail/mutex.hpp"
#include "batpak/base/file_system.hpp"
#include "batpak/base/result.hpp"
#include "store/index/block_cache.hpp"
#include "store/log/store_directory.hpp"

namespace batpak::store {

inline constexpr std::size_t kPartHeaderBytes = 128;

// What the parts of a store share: blocks that were read, and files that are open, at most so many
// at a time.
class PartFiles {
public:
    // Borrows: the directory, for get().
    PartFiles(StoreDirectory& directory, std::size_t open_files_max, std::uint64_t cache_bytes)
        : blocks_(cache_bytes), directory_(directory), open_files_max_(open_files_max) {}

    BlockCache& blocks() noexcept { return blocks_; }
    // The file of a part, opened by its name if it is not held open. By then another may have the
    // name, so what is read must be proved.
    [[nodiscard]] Result<std::shared_ptr<File>> get(std::uint64_t part, const std::string& name);
    void keep(std::uint64_t part, std::shared_ptr<File> file);
    // Nobody reads the part any more. Does nothing in a child after fork(), where a thread of the
    // parent's may hold the lock for ever.
    void forget(std::uint64_t part) noexcept;
    // Gives back the descriptors of all that nobody is reading.
    void release();

private:
    struct Open {
        std::uint64_t part;
        std::shared_ptr<File> file;
    };

    BlockCache blocks_;
    StoreDirectory& directory_;
    const std::size_t open_files_max_;
    const ForkMark mark_;

    Mutex mutex_;
    std::list<Open> by_use_ BATPAK_GUARDED_BY(mutex_);  // most recently used first
    std::unordered_map<std::uint64_t, std::list<Open>::iterator> by_part_ BATPAK_GUARDED_BY(mutex_);
};

class PartFile {
public:
    // `checksums`: of each block of the body, as they were when the part was proved.
    PartFile(std::shared_ptr<PartFiles> files, std::string name, std::uint64_t body_bytes,
             std::vector<std::uint32_t> checksums);
    ~PartFile() { files_->forget(first_block_); }
    PartFile(const PartFile&) = delete;
    PartFile& operator=(const PartFile&) = delete;

    // Keeps the file open, until others are needed more.
    void hold(std::shared_ptr<File> file) { files_->keep(first_block_, std::move(file)); }

    // Copies bytes of the body; false if the part is lost. Requires: they are inside.
    bool copy(std::uint64_t at, MutableBytesView into) const {
        BATPAK_ASSERT(at <= body_bytes_ && into.size() <= body_bytes_ - at);
        while (!into.empty()) {
            const std::uint64_t block = at / kIndexBlockBytes;
            const auto inside = static_cast<std::size_t>(at % kIndexBlockBytes);
            const MutableBytesView piece =
                into.first(std::min(into.size(), kIndexBlockBytes - inside));
            if (!files_->blocks().copy(first_block_ + block, inside, piece) &&
                !fetch(block, inside, piece))
                return false;
            into = into.subspan(piece.size());
            at += piece.size();
        }
        return true;
    }
    // Calls look(words) for a block, which has zeros after the body; false if the part is lost. It
    // may be called twice: what counts is what the last call made.
    template <class Look>
    bool look(std::uint64_t block, const Look& look) const {
        BATPAK_ASSERT(block < checksums_.size());
        if (files_->blocks().look(first_block_ + block, look)) return true;
        std::array<std::byte, kIndexBlockBytes> bytes{};
        const std::uint64_t left = body_bytes_ - block * kIndexBlockBytes;
        if (!fetch(block, 0,
                   MutableBytesView(bytes).first(std::min<std::uint64_t>(left, bytes.size()))))
            return false;
        look(BlockWords(bytes.data()));
        return true;
    }
    // Reads whole blocks from the file, and keeps none; false if the part is lost.
    // Requires: `into` begins and ends where blocks do.
    bool read_blocks(std::uint64_t first_block, MutableBytesView into) const;

    bool is_lost() const noexcept { return lost_.load(std::memory_order_acquire); }
    std::uint64_t body_bytes() const noexcept { return body_bytes_; }
    std::size_t memory_bytes() const noexcept { return checksums_.size() * sizeof(checksums_[0]); }

private:
    bool fetch(std::uint64_t block, std::size_t inside, MutableBytesView into) const;

    const std::shared_ptr<PartFiles> files_;
    const std::string name_;
    const std::uint64_t body_bytes_;
    const std::vector<std::uint32_t> checksums_;
    const std::uint64_t first_block_;  // its number in the cache, which no other part has
    mutable std::atomic<bool> lost_{false};
};

// Some bytes of a part, which lies in memory or in a file.
//
// Threads: immutable value
class PartBytes {
public:
    PartBytes() = default;
    // Borrows: the bytes.
    PartBytes(BytesView bytes) noexcept : memory_(bytes.data()), size_(bytes.size()) {}
    // All of its body. Borrows: the file.
    explicit PartBytes(const PartFile& file) noexcept : file_(&file), size_(file.body_bytes()) {}

    std::uint64_t size() const noexcept { return size_; }
    // What begins at `at`; empty if that is outside.
    PartBytes from(std::uint64_t at) const noexcept {
        PartBytes rest = *this;
        const std::uint64_t skipped = std::min(at, size_);
        if (memory_ != nullptr) rest.memory_ += skipped;
        rest.begin_ += skipped;
        rest.size_ -= skipped;
        return rest;
    }
    // False if they are not all inside, or the part is lost.
    bool copy(std::uint64_t at, MutableBytesView into) const {
        if (at > size_ || into.size() > size_ - at) return false;
        if (file_ != nullptr) return file_->copy(begin_ + at, into);
        if (!into.empty()) std::memcpy(into.data(), memory_ + at, into.size());
        return true;
    }
    // Calls look(words) as PartFile::look() does, for `count` words from `at` on.
    // Requires: `at` is a multiple of eight, and all of them lie in one block.
    template <class Look>
    bool look(std::uint64_t at, std::size_t count, const Look& look) const {
        if (at > size_ || count * BlockWords::kBytes > size_ - at) return false;
        BATPAK_ASSERT(at % BlockWords::kBytes == 0);
        if (file_ == nullptr) {
            look(BlockWords(memory_ + at));
            return true;
        }
        const std::uint64_t place = begin_ + at;
        const auto inside = static_cast<std::size_t>(place % kIndexBlockBytes);
        BATPAK_ASSERT(inside % BlockWords::kBytes == 0);
        BATPAK_ASSERT(inside + count * BlockWords::kBytes <= kIndexBlockBytes);
        return file_->look(place / kIndexBlockBytes, [&](BlockWords words) {
            look(words.from(inside / BlockWords::kBytes));
        });
    }

private:
    const std::byte* memory_ = nullptr;
    const PartFile* file_ = nullptr;
    std::uint64_t begin_ = 0;  // in the file
    std::uint64_t size_ = 0;
};

}  // namespace batpak::store
