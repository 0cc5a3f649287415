// LogWriter: what a compaction asks of the store that is open.
//
// Threads: thread-safe functions
// Errors:  those of appending, and of the action
#pragma once

#include <functional>
#include <memory>

#include "batpak/base/environment.hpp"
#include "batpak/base/result.hpp"
#include "batpak/base/sequence.hpp"
#include "store/commit/committer.hpp"
#include "store/erasure/prune_events.hpp"
#include "store/view/read_side.hpp"

namespace batpak::store {

struct LogWriter {
    using Action = std::function<Result<void>(Committer& committer)>;

    std::shared_ptr<ReadSide> side;
    // On the leader's turn, when all that was appended before is durable.
    std::function<Result<void>(const Action& action)> run_in_order;
    // Whether a copy of the log is being made, which may need any file.
    std::function<bool()> is_copied;
    // Each appends one record, durably, and returns its place.
    std::function<Result<Sequence>(const PruneIntended& record)> append_intent;
    std::function<Result<Sequence>(const Pruned& record)> append_pruned;
    Entropy& entropy;
};

}  // namespace batpak::store
