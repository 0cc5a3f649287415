// over_compaction(): reads of files that a writer may compact away meanwhile.
//
// Threads: thread-safe
// Errors:  those of the action
#pragma once

#include "batpak/base/result.hpp"
#include "store/log/store_directory.hpp"

namespace batpak::store {

// What action() answers; it is called again if it misses a segment and the MANIFEST is another one
// than when it began. Which one the action read is not known: the segment may have come and gone
// since, and so be in neither of the two that are compared. One that is missing for another reason
// is said when nothing has changed.
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
        if (!is_known || **before == **now) return answer;
    }
}

}  // namespace batpak::store
