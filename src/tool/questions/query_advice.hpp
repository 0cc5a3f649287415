// QueryAdvice: why a query showed nothing, for a person who may have mistyped a name.
//
// Threads: the functions are thread-safe, but for the Console they write to
// Errors:  none; what cannot be read gives no advice
#pragma once

#include "batpak/store/reads.hpp"
#include "tool/console/console.hpp"
#include "tool/questions/filter.hpp"

namespace batpak::tool {

// Notes which part of the filter no event has, and what may have been meant. Nothing in JSON form.
void explain_empty(const StoreReads& store, const Filter& filter, const KindNames& names,
                   Console& console);

}  // namespace batpak::tool
