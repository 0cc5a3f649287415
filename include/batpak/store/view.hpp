// StoreView: a store as it was when it ended at a given point, for every read and every projection.
//
//     auto then = store.as_of(receipt.sequence);   // that event is the last one that it sees
//     then.latest("player:alice").value(); then.count(region).value(); then.root(end).value();
//
// It answers from the log itself, and holds nothing back: a view costs no memory, may be kept as
// long as one likes, and outlives the Store object, but not its close(). What it shows never
// changes; only which of its events are durable may still become known.
//
// Threads: thread-safe
// Errors:  as StoreReads; also EventNotFound, from every read of a view of an event that the store
//          does not have yet
#pragma once

#include <memory>

#include "batpak/store/reads.hpp"

namespace batpak {

class StoreView : public StoreReads {
public:
    // Of StoreReads::as_of() and its like.
    StoreView(std::shared_ptr<store::ReadSide> side, Sequence end, Sequence within)
        : StoreReads(std::move(side), end, within) {}
};

}  // namespace batpak
