// A fold of moves, in the order of the log: the last move of an event says what it is. A checkpoint
// is the whole ledger, so that an open folds only what came after it (INV Q4).
#include "delivery/group/group_ledger.hpp"

#include "batpak/base/assert.hpp"

namespace batpak::delivery {

GroupLedger::GroupLedger(const GroupCheckpoint& checkpoint)
    : low_(checkpoint.low), settled_(checkpoint.settled.begin(), checkpoint.settled.end()) {
    for (const OpenEntry& entry : checkpoint.open) open_[entry.event] = entry.attempts;
    for (const ParkedEntry& entry : checkpoint.parked)
        parked_[entry.event] = {entry.attempts, entry.reason};
}

// Everything that was known of the event is dropped first, so that no order of moves leaves it in
// two sets.
void GroupLedger::apply(const GroupMoved& moved) {
    const Sequence event = moved.event;
    open_.erase(event);
    parked_.erase(event);
    settled_.erase(event);
    switch (moved.move) {
        case GroupMove::Parked: parked_[event] = {moved.attempts, moved.reason}; [[fallthrough]];
        case GroupMove::Acknowledged:
            if (event >= low_) settled_.insert(event);
            break;
        case GroupMove::Retried:
        case GroupMove::Replayed: open_[event] = moved.attempts; break;
    }
}

// What is settled below `low` needs no entry: there everything is, but for what stands in open_.
void GroupLedger::advance(Sequence low) {
    BATPAK_ASSERT(low >= low_);
    low_ = low;
    settled_.erase(settled_.begin(), settled_.lower_bound(low));
}

GroupCheckpoint GroupLedger::checkpoint() const {
    GroupCheckpoint checkpoint{
        .region = {}, .folded = {}, .low = low_, .settled = {}, .open = {}, .parked = {}};
    checkpoint.settled.assign(settled_.begin(), settled_.end());
    for (const auto& [event, attempts] : open_) checkpoint.open.push_back({event, attempts});
    for (const auto& [event, parked] : parked_)
        checkpoint.parked.push_back({event, parked.attempts, parked.reason});
    return checkpoint;
}

bool GroupLedger::is_settled(Sequence event) const {
    return event < low_ ? !open_.contains(event) : settled_.contains(event);
}

std::uint32_t GroupLedger::attempts(Sequence event) const {
    const auto found = open_.find(event);
    return found == open_.end() ? 0 : found->second;
}

}  // namespace batpak::delivery
