// over_compaction(): reads of files that a writer may compact away meanwhile.
//
// Threads: thread-safe
// Errors:  those of the action
#pragma once

#include <algorithm>
#include <utility>

#include "batpak/base/result.hpp"
#include "store/log/store_directory.hpp"

namespace batpak::store {

// Whether a segment of the first manifest is not one of the second.
inline bool was_compacted(const Manifest& before, const Manifest& now) {
    return std::ranges::any_of(before.sealed, [&](const SealedSegment& segment) {
        return std::ranges::find(now.sealed, segment.id, &SealedSegment::id) == now.sealed.end();
    });
}

// What action() answers; it is called again if it misses a segment that was compacted away since it
// began. A segment that is missing for another reason is said at once.
template <class Action>
auto over_compaction(StoreDirectory& directory, Action&& action) -> decltype(action()) {
    constexpr int kTriesMax = 64;
    for (int tries = 1;; ++tries) {
        const auto before = directory.look_at_manifest();
        auto answer = action();
        const bool is_missing = !answer && answer.error().code() == ErrorCode::MissingSegment;
        if (!is_missing || tries == kTriesMax) return answer;
        const auto now = directory.look_at_manifest();
        const bool is_known = before && *before && now && *now;
        if (!is_known || !was_compacted(**before, **now)) return answer;
    }
}

}  // namespace batpak::store
