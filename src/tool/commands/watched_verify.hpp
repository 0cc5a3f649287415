// watched_verify: a check of a store that shows how far it is, and that a signal ends.
//
// Threads: the thread of the command
// Errors:  those of StoreReads::verify
#pragma once

#include "batpak/store/read_only_store.hpp"
#include "tool/console/console.hpp"

namespace batpak::tool {

// The report says `stopped` if a signal came. Requires: the options have no progress and no stop.
Result<VerifyReport> watched_verify(const ReadOnlyStore& store, VerifyOptions options,
                                    Console& console);

}  // namespace batpak::tool
