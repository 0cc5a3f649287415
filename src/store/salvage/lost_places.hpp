// LostPlaces: ids and times for the places of events that are lost.
//
// Ids and times grow along the log, so the lost events had some that lie between those of their
// neighbours, and as many fit in there.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <cstdint>
#include <optional>

#include "batpak/base/environment.hpp"
#include "store/salvage/event_judge.hpp"

namespace batpak::store {

class LostPlaces {
public:
    // Of `count` events behind `last`, and before `next` if that is there. Where nothing is known
    // of what came before, they end right before `next`; where nothing is known at all, they begin
    // at `wall_us`. Requires: there is room (EventJudge has checked it). Borrows: the entropy.
    LostPlaces(Entropy& entropy, const std::optional<LastEvent>& last,
               const std::optional<LastEvent>& next, std::uint64_t count, std::int64_t wall_us);

    LastEvent take();

private:
    Entropy& entropy_;
    std::uint64_t number_ = 0;  // of the last id
    Hlc hlc_;
};

}  // namespace batpak::store
