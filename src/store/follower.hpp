// Follower: keeps the read side of a ReadOnlyStore up with a log that somebody else may be writing.
//
// Threads: thread-safe
// Errors:  those of recover()
#pragma once

#include <memory>

#include "batpak/base/mutex.hpp"
#include "batpak/base/result.hpp"
#include "batpak/store/config.hpp"
#include "store/read_side.hpp"
#include "store/recovery.hpp"

namespace batpak::store {

class Follower {
public:
    // Opens the store for reading.
    [[nodiscard]] static Result<std::unique_ptr<Follower>> open(const StoreConfig& config);

    const std::shared_ptr<ReadSide>& side() const noexcept { return side_; }
    [[nodiscard]] Result<Sequence> refresh();

private:
    Follower(const StoreConfig& config, std::shared_ptr<ReadSide> side)
        : config_(config), side_(std::move(side)) {}

    [[nodiscard]] Result<RecoveredLog> recover_again();
    [[nodiscard]] Result<bool> scan_on() BATPAK_REQUIRES(mutex_);
    void publish() BATPAK_REQUIRES(mutex_);

    const StoreConfig config_;
    const std::shared_ptr<ReadSide> side_;

    Mutex mutex_;
    RecoveredLog log_ BATPAK_GUARDED_BY(mutex_);  // what was seen so far
};

}  // namespace batpak::store
