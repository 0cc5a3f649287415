// Sealing: moves the indexes of segments that are full from memory into files.
//
// It runs after the answers, on the thread of one who led, and of several at most one: the others
// leave it to that one, or to the next append. What cannot be stored serves on as it is, and is
// tried again after the next rotation.
//
// Threads: thread-safe
// Errors:  none: a failure costs the next open time, and nothing else
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "batpak/base/detail/mutex.hpp"
#include "store/commit/committer.hpp"
#include "store/view/read_side.hpp"

namespace batpak::store {

class Sealing {
public:
    // `active_segment`: the one that is appended to. The indexes of those before it are loaded from
    // their files, or made again, when they are needed.
    // Keeps: side.
    Sealing(std::shared_ptr<ReadSide> side, std::uint64_t active_segment)
        : side_(std::move(side)), stored_(active_segment - 1), first_untried_(active_segment) {}

    // Gives every segment before `active` whose index is in memory, or in several parts, one part
    // in a file.
    void store_all_before(std::uint64_t active) noexcept;
    // Stores the index of what was appended last. Requires: nothing is committed any more, so that
    // the index ends where its run does.
    void store_last(const Committer::ClosedLog& closed);

private:
    [[nodiscard]] Result<void> store(std::uint64_t segment_id);

    const std::shared_ptr<ReadSide> side_;
    Mutex mutex_;
    std::uint64_t stored_ BATPAK_GUARDED_BY(mutex_);  // ids up to here are done
    // The segment after them, to be asked by every append.
    std::atomic<std::uint64_t> first_untried_;
};

}  // namespace batpak::store
