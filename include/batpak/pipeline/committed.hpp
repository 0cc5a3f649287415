// Committed: what happened, and where it is in the log.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include "batpak/base/hash.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/coordinate/hlc.hpp"

namespace batpak {

template <class T>
struct Committed {
    T payload;
    EventId event_id{};
    Sequence sequence{};  // its place in the store
    Version version{};    // its place in the stream of its entity
    Hlc hlc{};
    Hash hash{};            // zero in a store without hashes
    bool durable = false;   // when it was acknowledged
    bool replayed = false;  // nothing was written: an earlier commit with the same key was
};

}  // namespace batpak
