// IndexCheck: whether an index says of a run what its frames say: every key, and under each key the
// same events.
//
// Reading proves each event that an index leads to, and so finds what it invents; what an index
// leaves out no reader can miss. This check adds up a keyed hash of each (axis, key, event) that
// the frames have, and of each that the index has: the sums are equal if the two are, in any order.
// The key is a secret of the process, so no file can be made whose sum is right by design.
//
// Threads: thread-compatible
// Errors:  none; memory that runs out throws std::bad_alloc
#pragma once

#include "store/frame/frame.hpp"
#include "store/index/index_store.hpp"

namespace batpak::store {

class IndexCheck {
public:
    IndexCheck(Sequence first, const KeyHash& key_hash) : first_(first), key_hash_(key_hash) {}

    // The next event of the run.
    void add(const Frame& frame);
    // Whether the other says the same of all events that were added, which are all of its run. If
    // it gets lost meanwhile, the answer means nothing.
    bool agrees_with(const Index& other) const;

private:
    // `version`: of the event, for the axis of entities; else zero.
    std::uint64_t term(Axis axis, std::uint64_t key, std::uint32_t ordinal, Version version) const;
    // Nothing if a key has no events, or all of them more than events can have.
    std::optional<std::uint64_t> sum_of(Axis axis, const Index& index) const;

    const Sequence first_;
    const KeyHash key_hash_;
    std::uint64_t events_ = 0;
    std::uint64_t sum_ = 0;
};

}  // namespace batpak::store
