// Import: each commit of the history as one batch, keyed by its hash.
//
// A batch is stored whole or not at all, so whatever kills the import, the log holds whole commits.
// The key makes a commit that is there already a replay, which adds nothing: an import that is
// started again, after a crash or by mistake, needs to know nothing of the one before.
#pragma once

#include <batpak/batpak.hpp>

#include <cstdint>

#include "input.hpp"

namespace git_history {

struct Imported {
    std::uint64_t events = 0;         // that were added
    std::uint64_t commits = 0;        // that were added
    std::uint64_t commits_known = 0;  // that the log had already
};

// Imports the first `end` records of the history. Requires: `end` is the end of a commit.
// Errors: those of batpak; KeyConflict if the log has another commit under the same hash.
batpak::Result<Imported> import_until(batpak::Store& store, const History& history,
                                      std::size_t end);

}  // namespace git_history
