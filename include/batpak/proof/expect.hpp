// Expect: whether a store still is the log of a checkpoint that was kept elsewhere.
//
// A store whose end was cut off, an old copy of it, and one whose past was rewritten are whole in
// themselves: only what is known elsewhere shows them. Compared are the hashes of the events; that
// each event is what its hash says, verify() and reads with ReadCheck::Hash check.
//
// Threads: the functions are thread-safe
// Errors:  RolledBack if there are fewer events; SplitHistory if the first ones are others;
//          InvalidArgument if the checkpoint is of another log id; those of reading
#pragma once

#include "batpak/proof/checkpoint.hpp"
#include "batpak/proof/log_tree.hpp"
#include "batpak/store/store.hpp"

namespace batpak::proof {

// `tree`: of `log`.
[[nodiscard]] Result<void> expect_checkpoint(const StoreReads& log, LogTree& tree,
                                             const Checkpoint& expected);

// Opens the store, and closes it again if it is not the log of the checkpoint. Reads the hashes of
// all events that the checkpoint covers. Errors: those of Store::open() too.
[[nodiscard]] Result<Store> open_expecting(const StoreConfig& config, const Checkpoint& expected);

}  // namespace batpak::proof
