// Verification: reads every frame of a pinned log from its files and checks all that can be.
//
//     frame checksum and grammar, dense sequences, dense versions, growing ids and times,
//     payload commitment, content and event hash with its link, the root, the index
//
// It uses no index to find events, so it also finds what an index would hide. Only a check of a
// part asks one: for the event that the first one of each stream is linked to.
//
// Threads: thread-safe
// Errors:  none for damage, which is the report's; InvalidArgument, Io
#pragma once

#include "batpak/base/result.hpp"
#include "batpak/store/reports.hpp"
#include "store/view/read_side.hpp"

namespace batpak::store {

[[nodiscard]] Result<VerifyReport> verify_log(const Pin& pin, const std::shared_ptr<ReadSide>& side,
                                              const VerifyOptions& options);

// Recomputes E of a decoded event from its stored bytes. `previous` is E of the entity's previous
// event, zero if there is none. Requires: hashing_built_in().
Hash recompute_hash(const Frame& frame, const LogId& log_id, const Hash& previous);
// The same, as what it is made of. Requires: hashing_built_in().
EventPreimage preimage_of(const Frame& frame, const LogId& log_id, const Hash& previous);

}  // namespace batpak::store
