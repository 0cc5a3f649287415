// IndexCheck: whether an index says of a run what its frames say: every key, and under each key the
// same events.
//
// Reading proves each event that an index leads to, and so finds what it invents; what an index
// leaves out no reader can miss. This check makes another index of the frames and compares.
//
// Threads: thread-compatible
// Errors:  none; memory that runs out throws std::bad_alloc
#pragma once

#include "store/index/index_store.hpp"
#include "store/index/memory_index.hpp"

namespace batpak::store {

class IndexCheck {
public:
    IndexCheck(Sequence first, const KeyHash& key_hash) : made_(first, key_hash) {}

    // The next event of the run.
    void add(const Frame& frame, std::uint64_t offset) { made_.add(indexed_event(frame, offset)); }
    // Whether the other says the same of all events that were added, which are all of its run. If
    // it gets lost meanwhile, the answer means nothing.
    bool agrees_with(const Index& other) const;

private:
    bool agree_on(Axis axis, const Index& other) const;

    MemoryIndex made_;
};

}  // namespace batpak::store
