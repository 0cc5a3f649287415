// FbatBatches: which events of the source belong to which batch, and which of those that no marker
// committed are events all the same.
//
// A program that failed in the middle of a batch, or was killed there, leaves the marker that
// begins it and some of its events, and goes on. What follows may be more of its events or events
// that were acknowledged alone; only what the rest of the log says of them tells.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "tool/fbat/fbat_event.hpp"

namespace batpak::tool {

// The places of the events that the footers know: those that were committed.
using FbatKnownPlaces = std::map<EventId, std::uint64_t>;

class FbatBatches {
public:
    // Told of what stands in the log, in its order. `at`: how many events came before.
    // `counts_on`: of a release that numbers events without a gap, whatever becomes of a batch.
    void begin(std::size_t at, std::uint64_t first_sequence, std::uint32_t claimed, bool counts_on);
    void commit(std::size_t at, std::uint64_t first_sequence);
    void event(std::size_t at);
    void damage(std::size_t at);
    // The end of a file that is no whole frame.
    void torn(std::size_t at) { gaps_.push_back(at); }
    // `ends_batches`: of a release that lets no batch go on in the next file.
    void file_end(std::size_t at, bool ends_batches);
    void log_end(std::size_t at);

    // Says the fate of each event of a batch that was not committed, or is broken.
    void judge(std::span<FbatEvent> events, const FbatKnownPlaces& known);

    const std::vector<FbatBatch>& all() const noexcept { return batches_; }
    // Markers that commit what was not begun.
    std::uint64_t stray_markers() const noexcept { return stray_markers_; }

private:
    void end_open(std::size_t at);

    std::vector<FbatBatch> batches_;
    std::optional<FbatBatch> open_;
    std::optional<std::size_t>
        after_damage_;               // events from here on may be of a batch without front
    std::vector<std::size_t> gaps_;  // before these events something may be lost
    std::uint64_t stray_markers_ = 0;
};

}  // namespace batpak::tool
