// CommitReader: what the committer must know of the past: heads, keys, matches.
//
// It sees everything that was committed before the group that is being staged; what the group
// itself holds, the committer knows.
//
// Threads: thread-compatible; the leader of the commit queue uses it
// Errors:  those of reading: CorruptFrame, CorruptSegment, Io
#pragma once

#include <memory>
#include <optional>

#include "batpak/store/options.hpp"
#include "store/commit/heads.hpp"
#include "store/view/event_reader.hpp"
#include "store/view/read_side.hpp"

namespace batpak::store {

class CommitReader {
public:
    explicit CommitReader(std::shared_ptr<ReadSide> side) : side_(std::move(side)) {}

    [[nodiscard]] Result<Head> head(std::string_view entity);
    // The latest event, at or after `from`, that was appended with this key.
    // Borrows: until the next call.
    [[nodiscard]] Result<std::optional<EventView>> find_key(std::string_view key, Sequence from);
    // Borrows: until the next call. Requires: the event is published (EventReader::place_of
    // checks).
    [[nodiscard]] Result<EventView> at(Sequence sequence);
    // The first event that the condition forbids.
    [[nodiscard]] Result<std::optional<Sequence>> first_match(const AppendCondition& condition);

private:
    EventReader& fresh_reader();

    const std::shared_ptr<ReadSide> side_;
    std::optional<EventReader> reader_;
};

}  // namespace batpak::store
