// Window: the part of a store that one answer looks through for a filter.
//
// Threads: the function is thread-safe
// Errors:  those of reads
#pragma once

#include "batpak/store/reads.hpp"
#include "tool/questions/filter.hpp"

namespace batpak::inspector {

// Where a search among events begins and ends: at most kScannedMax of them, if each has to be read.
struct Window {
    Sequence begin{};
    Sequence end{};
    bool is_whole = true;  // nothing of the filter lies beyond
};

Result<Window> window_of(const StoreReads& store, const Region& region, const tool::Filter& filter,
                         bool is_forward);

}  // namespace batpak::inspector
