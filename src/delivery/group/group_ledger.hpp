// GroupLedger: which events of its region a consumer group has settled. A fold of its moves.
//
//     settled:      before `low`, unless open; or in the list of those from `low` on
//     parked:       settled, with a reason, and can be replayed
//     open:         not settled, although before `low`, or with failed attempts
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <map>
#include <set>

#include "delivery/group/group_moved.hpp"

namespace batpak::delivery {

class GroupLedger {
public:
    struct Parked {
        std::uint32_t attempts = 0;
        std::string reason;
    };

    GroupLedger() = default;
    explicit GroupLedger(const GroupCheckpoint& checkpoint);

    // The event is what the move says, whatever it was before.
    void apply(const GroupMoved& moved);
    // Requires: what of the region lies before `low` is settled or open.
    void advance(Sequence low);
    // `region` and `folded` are the caller's to fill in.
    GroupCheckpoint checkpoint() const;

    bool is_settled(Sequence event) const;
    std::uint32_t attempts(Sequence event) const;
    Sequence low() const noexcept { return low_; }
    const std::set<Sequence>& settled() const noexcept { return settled_; }
    const std::map<Sequence, std::uint32_t>& open() const noexcept { return open_; }
    const std::map<Sequence, Parked>& parked() const noexcept { return parked_; }

private:
    Sequence low_;
    std::set<Sequence> settled_;  // from low_ on
    std::map<Sequence, std::uint32_t> open_;
    std::map<Sequence, Parked> parked_;
};

}  // namespace batpak::delivery
