// PayloadErasure: what a rewritten segment has in the place of a frame whose payload goes.
//
// Threads: thread-compatible
// Errors:  CorruptFrame
#pragma once

#include <cstdint>

#include "batpak/base/bytes.hpp"
#include "batpak/base/result.hpp"
#include "store/erasure/sequence_set.hpp"
#include "store/frame/frame.hpp"

namespace batpak::store {

class PayloadErasure {
public:
    // Borrows: the set.
    explicit PayloadErasure(const SequenceSet& erased) noexcept : erased_(erased) {}

    // The body that stands for `body`, of which `frame` was decoded: itself, if it is of no event
    // of the set, or of one without a payload. Borrows: `body`, or this object until the next call.
    [[nodiscard]] Result<BytesView> operator()(const Frame& frame, BytesView body);

    // How many payloads were left out so far.
    std::uint64_t count() const noexcept { return count_; }

private:
    const SequenceSet& erased_;
    Buffer body_;
    std::uint64_t count_ = 0;
};

}  // namespace batpak::store
