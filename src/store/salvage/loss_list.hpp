// Where lost events were, for a report.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "batpak/store/salvage.hpp"
#include "store/salvage/survey.hpp"

namespace batpak::store {

// In one of the files of a survey.
struct FilePlace {
    std::uint32_t file = 0;
    std::uint64_t offset = 0;
};

struct SequenceRange {
    Sequence begin;
    Sequence end;
};

// Where the whole event before them ends, and where the next one begins, if there is one.
struct LossBorders {
    std::optional<FilePlace> behind;
    std::optional<FilePlace> found;
};

// Adds the events of the range, by the segments in which they were.
void list_lost(std::vector<LostEvents>& list, const Survey& survey, const SequenceRange& lost,
               const LossBorders& borders);
// Adds what nothing tells of: the last segment ends with damage, or is not there. `next`: the log
// had the events before this one.
void list_doubtful_end(std::vector<LostEvents>& list, const Survey& survey, Sequence next);

}  // namespace batpak::store
