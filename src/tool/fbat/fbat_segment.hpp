// FbatSegment: one segment file of the Rust original, as its bytes say: a header, frames back to
// back, and after a rotation or a clean end a footer.
//
// Threads: immutable values; FbatFrames is thread-compatible
// Errors:  read_fbat_layout(): CorruptSegment, ForeignSegment, FutureFormat
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tool/fbat/fbat_frame.hpp"

namespace batpak::tool {

// What a footer says of one event. It may be one of an earlier file: events are known by their ids.
struct FbatRow {
    IdBytes event_id{};
    std::uint64_t sequence = 0;  // its place in the log
};

struct FbatLayout {
    std::size_t frames_begin = 0;
    std::size_t frames_end = 0;
    std::string footer;  // "SIDX", "SDX2" or "SDX3"; empty if there is none
    std::vector<FbatRow> rows;
    bool is_cut_header = false;  // the file ends in its header, and so far is one
};

// `id`: what the name of the file says.
[[nodiscard]] Result<FbatLayout> read_fbat_layout(BytesView file, std::uint64_t id);

// Frames one after another.
class FbatFrames {
public:
    enum class Found : std::uint8_t {
        Frame,
        Damage,  // bytes that are no frame, where one must have been
        Torn,    // the same at the end of a file that was not finished
        End,
    };

    // Borrows: the file.
    FbatFrames(BytesView file, const FbatLayout& layout)
        : file_(file),
          next_(layout.frames_begin),
          end_(layout.frames_end),
          is_sealed_(!layout.footer.empty()) {}

    Found next();
    // Of what next() found: where it begins, how many bytes it takes, and the frame, if it is one.
    std::size_t offset() const noexcept { return offset_; }
    std::size_t bytes() const noexcept { return next_ - offset_; }
    const FbatFrame& frame() const noexcept { return *frame_; }
    FbatFrame& frame() noexcept { return *frame_; }

private:
    bool read_at(std::size_t offset);

    BytesView file_;
    std::size_t offset_ = 0;
    std::size_t next_;
    std::size_t end_;
    bool is_sealed_;
    std::optional<FbatFrame> frame_;
};

}  // namespace batpak::tool
