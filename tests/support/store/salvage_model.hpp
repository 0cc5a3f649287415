// SalvageModel: which events of a store must survive a damage, and what a salvaged store must be.
//
// The model knows the frames of the whole store and which bytes were changed: it reads nothing of
// what is left, and so shares no code with what it judges.
//
// Threads: immutable values
// Errors:  problems, in words; empty if there is none
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "batpak/store/salvage.hpp"
#include "support/store/event_copy.hpp"
#include "support/store/small_store.hpp"

namespace batpak::testing {

class SalvageModel {
public:
    // Of the whole store at kStorePath.
    SalvageModel(const Disk& disk, std::vector<EventCopy> events);

    struct Frame {
        std::string path;
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        bool is_event = false;
        std::uint64_t first = 0;  // of the event; of its batch
        std::uint64_t count = 1;
    };
    const std::vector<Frame>& frames() const noexcept { return frames_; }

    // Bytes of a file that are no longer what they were.
    struct Damage {
        std::string path;
        std::uint64_t begin = 0;
        std::uint64_t end = UINT64_MAX;
    };
    // Which events are lost: of each event that has one of the bytes, its whole batch. That the
    // last batch was committed, the index of the closed store tells.
    std::set<std::uint64_t> lost_by(const std::vector<Damage>& damages) const;

    // What is wrong with the store at kSavedPath, of which these events should be lost. What was
    // lost at its end may have left no trace.
    std::string problem(const Disk& disk, const SalvageReport& report,
                        const std::set<std::uint64_t>& lost) const;

    const std::vector<EventCopy>& events() const noexcept { return events_; }

private:
    std::string problem_of(const EventCopy& found, std::size_t at, bool is_lost,
                           bool is_unchanged) const;

    std::vector<EventCopy> events_;
    std::vector<Frame> frames_;
};

inline constexpr const char* kSavedPath = "/saved";

// A closed store at kStorePath of three segments in few bytes: events alone and in batches, with
// keys, tags, causes and metadata.
SalvageModel make_store_to_salvage(const Disk& disk, std::uint64_t seed);
// What salvages the store at kStorePath to kSavedPath.
Result<SalvageReport> salvage_on(const Disk& disk);

}  // namespace batpak::testing
