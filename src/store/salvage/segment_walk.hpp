// SegmentWalk: what a segment file is made of, from a place to its end: frames, damage, zeros.
//
// Unlike a scan it judges nothing: it goes on after damage with the next frame whose checksums
// hold, whatever its sequence is.
//
// Threads: thread-compatible
// Errors:  next(): Io
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "batpak/base/file_system.hpp"
#include "batpak/base/result.hpp"
#include "store/frame/frame.hpp"
#include "store/frame/frame_search.hpp"
#include "store/frame/segment_header.hpp"
#include "store/frame/window_reader.hpp"

namespace batpak::store {

struct Piece {
    enum class Kind : std::uint8_t { Frame, Damage, Zeros };

    Kind kind = Kind::Frame;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    BytesView frame;  // header and body, if Frame. Borrows: until the next piece
};

class SegmentWalk {
public:
    // Borrows: the file. Requires: offset <= file_bytes.
    SegmentWalk(File& file, std::uint64_t file_bytes, const SegmentHeader& header,
                std::uint64_t offset);

    // Nothing at the end of the file.
    [[nodiscard]] Result<std::optional<Piece>> next();

private:
    [[nodiscard]] Result<std::optional<Piece>> frame_at(std::uint64_t offset);
    // Where the first frame at or after `offset` starts; the end of the file if there is none.
    [[nodiscard]] Result<std::uint64_t> find_frame(std::uint64_t offset);
    [[nodiscard]] Result<void> search_from(std::uint64_t offset);
    // One past the last byte in [begin, end) that is not zero; begin if there is none.
    [[nodiscard]] Result<std::uint64_t> content_end(std::uint64_t begin, std::uint64_t end);

    File& file_;
    WindowReader reader_;
    WindowReader searcher_;
    const std::uint64_t file_bytes_;
    const Salt salt_;
    std::uint64_t offset_;
    // Every frame after the first damage, by its offset: one search finds them all.
    std::optional<std::vector<FoundFrame>> found_;
};

}  // namespace batpak::store
