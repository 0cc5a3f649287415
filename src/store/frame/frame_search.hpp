// FrameSearch: every frame that stands at any byte of a stretch, whatever the bytes are.
//
// A checksum over n bytes is not worth n bytes of work for each place that looks like the head of a
// frame: bytes can be made so that nearly all do. CRC32 is linear, so the checksum of any range
// follows from those of two prefixes. The search sums the stretch up once, from front to back, and
// each candidate is settled when the sum reaches its end: what the head demands of the sum there
// was computed when the head was met. Bytes are summed up once, plus once more for each
// `open_max()` candidates that are open at a time, and no honest bytes have so many.
//
// Threads: thread-compatible
// Errors:  those of File::read_at
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "batpak/base/file_system.hpp"
#include "batpak/base/result.hpp"
#include "store/frame/frame.hpp"
#include "store/frame/window_reader.hpp"

namespace batpak::store {

// A frame whose head check and checksum hold where it stands.
struct FoundFrame {
    std::uint64_t offset = 0;
    std::uint64_t end = 0;

    friend bool operator==(const FoundFrame&, const FoundFrame&) = default;
};

class FrameSearch {
public:
    // How much of a body's front `accepts` is given, if there is so much.
    static constexpr std::size_t kFrontBytes = kBodyFrontBytes;
    // Whether a frame with this front of a body, of `body_bytes`, is looked for.
    using Accepts = std::function<bool(BytesView front, std::uint32_t body_bytes)>;
    // False ends the search.
    using Visit = std::function<bool(const FoundFrame& found)>;

    // Borrows: the file, for the life of the search. Requires: begin <= end. After
    // kSegmentBytesMax no frame stands.
    FrameSearch(File& file, const Salt& salt, std::uint64_t begin, std::uint64_t end);

    // Visits the frames that stand in [begin, end), in no promised order. It ends early where the
    // file does. Call once.
    [[nodiscard]] Result<void> run(const Accepts& accepts, const Visit& visit);

    // How many candidates may be open at a time: in all, less memory than the stretch has bytes.
    std::uint64_t open_max() const noexcept {
        return std::max<std::uint64_t>(kOpenMin, (end_ - begin_) / kBytesPerOpen);
    }
    // What the search cost so far.
    std::uint64_t bytes_summed() const noexcept { return bytes_summed_; }
    std::uint64_t candidates() const noexcept { return candidates_; }

private:
    static constexpr std::uint64_t kOpenMin = 4096;
    static constexpr std::uint64_t kBytesPerOpen = 32;

    // The frame is one if the sum over [begin_, its end) is `demanded`. Places count from begin_.
    struct Candidate {
        std::uint32_t offset;
        std::uint32_t end;
        std::uint32_t demanded;
    };

    // Looks at every place of the block, of which `held` may have more after.
    [[nodiscard]] Result<bool> look_at(BytesView held, std::size_t block, const Accepts& accepts,
                                       const Visit& visit);
    // Sums up to `place`, and settles the candidates that end up to there. False: `visit` ended it.
    bool sum_to(std::uint64_t place, BytesView held, const Visit& visit);
    void add(BytesView head, std::uint64_t place);
    // Settles all that are open by one more pass over what follows.
    [[nodiscard]] Result<bool> settle_all(const Visit& visit);
    bool settle(const Candidate& candidate, std::uint32_t sum, const Visit& visit) const;

    File& file_;
    const FrameChecker checker_;
    const std::uint32_t salt_sum_;
    const std::uint64_t begin_;
    const std::uint64_t end_;

    std::vector<Candidate> open_;  // a heap: the one that ends first is in front
    std::uint64_t block_at_ = 0;   // where the block that is looked at starts
    std::uint64_t summed_to_ = 0;  // the place up to which sum_ goes
    std::uint32_t sum_ = 0;
    std::uint64_t bytes_summed_ = 0;
    std::uint64_t candidates_ = 0;
};

}  // namespace batpak::store
