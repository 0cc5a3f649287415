// FrameHeads: by which a reader without the lock knows a run of frames again.
//
// A frame's head holds its checksum, and no two events have one id: where the same heads stand at
// the same offsets at two moments, the same frames stood there all the time between. So a reader
// that took frames in several reads, while a writer was free to take a failed write back and to
// write another in its place, looks at the heads once more: if they are what it took, it took one
// log, and not the front of one and the rest of another.
//
// Threads: immutable values, but for add()
// Errors:  of heads_between: those of File::read_at
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>

#include "batpak/base/assert.hpp"
#include "batpak/base/file_system.hpp"
#include "batpak/base/result.hpp"
#include "store/frame/frame.hpp"

namespace batpak::store {

using FrameHead = std::array<std::byte, kFrameHeaderBytes>;

class FrameHeads {
public:
    // Requires: `head` points at the bytes of a frame, whose offset is above that of the one
    // before.
    void add(std::uint64_t offset, const std::byte* head) noexcept {
        BATPAK_ASSERT(count_ == 0 || offset > last_offset_);
        std::memcpy(last_.data(), head, last_.size());
        last_offset_ = offset;
        std::uint64_t checksum = 0;
        std::memcpy(&checksum, head + last_.size() - sizeof(checksum), sizeof(checksum));
        // A sum, so that the heads of two runs, one behind the other, add up.
        sum_ += (checksum ^ (offset * 0x9E3779B97F4A7C15U)) * 0xD6E8FEB86659FD93U;
        ++count_;
    }
    // Adds a run that stands after this one.
    void add(const FrameHeads& behind) noexcept {
        if (behind.count_ == 0) return;
        BATPAK_ASSERT(count_ == 0 || behind.last_offset_ > last_offset_);
        last_ = behind.last_;
        last_offset_ = behind.last_offset_;
        sum_ += behind.sum_;
        count_ += behind.count_;
    }

    std::uint64_t count() const noexcept { return count_; }
    // Of the last frame. Requires: count() > 0.
    std::uint64_t last_offset() const noexcept {
        BATPAK_ASSERT(count_ > 0);
        return last_offset_;
    }
    const FrameHead& last() const noexcept {
        BATPAK_ASSERT(count_ > 0);
        return last_;
    }

    friend bool operator==(const FrameHeads&, const FrameHeads&) = default;

private:
    FrameHead last_{};
    std::uint64_t last_offset_ = 0;
    std::uint64_t sum_ = 0;
    std::uint64_t count_ = 0;
};

// The heads of the frames that stand from `begin` on, one behind the other, as far as `end`;
// nothing if they do not end there. Reads no body, and proves nothing of what it has not seen
// before.
[[nodiscard]] Result<std::optional<FrameHeads>> heads_between(File& file, std::uint64_t begin,
                                                              std::uint64_t end);

}  // namespace batpak::store
