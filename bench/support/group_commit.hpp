// GroupCommit: raw+gc: the least with which callers who block can share a write and a sync.
//
// The first caller leads: he takes all frames that wait, writes them at once, syncs once, and
// wakes everybody; the next leader is whoever of the others wakes first.
//
// Threads: thread-safe
// Errors:  none; they end the program
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "batpak/base/bytes.hpp"
#include "support/raw_log.hpp"

namespace batpak::bench {

class GroupCommit {
public:
    // Borrows: the log.
    explicit GroupCommit(RawLog& log) : log_(log) {}

    // Returns when the frame is synced.
    void append(BytesView frame) {
        std::unique_lock lock(mutex_);
        waiting_.append(frame);
        const std::uint64_t mine = forming_;
        while (synced_ <= mine) {
            if (leading_) {
                answered_.wait(lock);
            } else {
                lead(lock);
            }
        }
    }

    // Only while nobody appends.
    std::uint64_t syncs() const noexcept { return synced_; }

private:
    void lead(std::unique_lock<std::mutex>& lock) {
        leading_ = true;
        std::swap(waiting_, writing_);
        ++forming_;
        lock.unlock();
        log_.write(writing_.view());
        log_.sync();
        writing_.clear();
        lock.lock();
        ++synced_;
        leading_ = false;
        answered_.notify_all();
    }

    RawLog& log_;
    std::mutex mutex_;
    std::condition_variable answered_;
    Buffer waiting_;
    Buffer writing_;             // the leader's
    std::uint64_t forming_ = 0;  // the group that frames join now
    std::uint64_t synced_ = 0;   // groups below it are synced
    bool leading_ = false;
};

}  // namespace batpak::bench
