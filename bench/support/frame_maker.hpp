// FrameMaker: raw-hash: the frames that batpak would write, with all that they contain, and
// nothing around them: P, C, E and the CRC, but no version check, no index, no lock, no answer.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/hash/blake3_context.hpp"
#include "batpak/base/environment.hpp"
#include "event/event_id_generator.hpp"
#include "store/frame/frame.hpp"
#include "support/workload.hpp"

namespace batpak::bench {

class FrameMaker {
public:
    // Borrows: the workload.
    explicit FrameMaker(const Workload& workload);

    // Appends the frame of the workload's next event.
    void make(Buffer& out) { make(workload_.coordinate(next_), workload_.payload(), out); }
    // Appends the frame of the next event, which is of this stream; returns its id. A stream is
    // told by the place of its coordinate.
    EventId make(const Coordinate& coordinate, BytesView payload, Buffer& out);

private:
    struct Head {
        std::uint64_t count = 0;
        Hash last_hash;
    };

    const Workload& workload_;
    Environment environment_ = Environment::real();
    EventIdGenerator ids_{*environment_.entropy};
    LogId log_id_;
    store::Salt salt_{};
    std::uint64_t offset_ = 96;
    std::uint64_t next_ = 0;
    Hlc hlc_;
    std::unordered_map<const Coordinate*, Head> heads_;  // filled beforehand
    Buffer content_;
};

// Frames one behind the other, and where each begins.
struct Frames {
    Buffer bytes;
    std::vector<std::size_t> starts;  // and the end

    BytesView at(std::size_t index) const noexcept { return range(index, 1); }
    // `count` of them, in one piece.
    BytesView range(std::size_t first, std::size_t count) const noexcept {
        return bytes.view().subspan(starts[first], starts[first + count] - starts[first]);
    }
    std::size_t count() const noexcept { return starts.size() - 1; }
};

Frames make_frames(const Workload& workload, std::size_t count);

}  // namespace batpak::bench
