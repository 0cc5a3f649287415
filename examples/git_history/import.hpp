// Import: one event for each line of the history, going on where the log ends.
//
// The log itself says how far an earlier run came: event n is line n. No file of progress is kept
// that could disagree with it.
#pragma once

#include <batpak/batpak.hpp>

#include <cstdint>

#include "input.hpp"

namespace git_history {

// Appends the records that the log does not have, up to number `end`, and returns how many.
// Errors: those of batpak; InvalidArgument if the log is not the beginning of this history.
batpak::Result<std::uint64_t> import_until(batpak::Store& store, const History& history,
                                           std::uint64_t end);

}  // namespace git_history
