// HeldNames: names of which each has at most one holder at a time.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "batpak/base/assert.hpp"
#include "batpak/base/detail/mutex.hpp"

namespace batpak::store {

class HeldNames {
public:
    // False if somebody holds it.
    [[nodiscard]] bool hold(std::string_view name) {
        const MutexLock lock(mutex_);
        return names_.emplace(name).second;
    }
    // Requires: the caller holds it.
    void release(std::string_view name) {
        const MutexLock lock(mutex_);
        const auto found = names_.find(name);
        BATPAK_ASSERT(found != names_.end());
        names_.erase(found);
    }

private:
    Mutex mutex_;
    std::set<std::string, std::less<>> names_ BATPAK_GUARDED_BY(mutex_);
};

}  // namespace batpak::store
