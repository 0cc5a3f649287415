// Frame by frame, for as long as each ends where the next begins. At the first byte that begins no
// frame all frames in the rest are searched for, once; the walk then goes from one to the next, and
// what is between is damage. Only zeros up to the end of the file are not: that is room.
#include "store/salvage/segment_walk.hpp"

#include <algorithm>

namespace batpak::store {
SegmentWalk::SegmentWalk(File& file, std::uint64_t file_bytes, const SegmentHeader& header,
                         std::uint64_t offset)
    : file_(file),
      reader_(file),
      searcher_(file, kScanWindowBytes),
      file_bytes_(file_bytes),
      salt_(header.salt),
      offset_(offset) {
    BATPAK_ASSERT(offset <= file_bytes);
}

Result<std::optional<Piece>> SegmentWalk::next() {
    if (offset_ >= file_bytes_) return std::optional<Piece>();
    BATPAK_TRY(std::optional<Piece> piece, frame_at(offset_));
    if (!piece) {
        BATPAK_TRY(const std::uint64_t next_frame, find_frame(offset_ + 1));
        BATPAK_TRY(const std::uint64_t content, content_end(offset_, next_frame));
        const bool zeros = content == offset_;
        // Zeros in front of a frame are damage; at the end of the file they are room.
        // Damage at the end of the file ends with its last byte that is not zero; the zeros after
        // it are the next piece.
        const bool cut = next_frame == file_bytes_ && !zeros;
        const bool room = next_frame == file_bytes_ && zeros;
        const std::uint64_t end = cut ? content : next_frame;
        piece = Piece{room ? Piece::Kind::Zeros : Piece::Kind::Damage, offset_, end - offset_, {}};
    }
    BATPAK_ASSERT(piece->bytes > 0);
    offset_ += piece->bytes;
    return piece;
}

Result<std::optional<Piece>> SegmentWalk::frame_at(std::uint64_t offset) {
    // After damage, what is a frame was found out already, and is not summed up again.
    if (found_ && !std::ranges::binary_search(*found_, offset, {}, &FoundFrame::offset)) {
        return std::optional<Piece>();
    }
    const std::uint64_t left = file_bytes_ - offset;
    BATPAK_TRY(BytesView bytes,
               reader_.at(offset, std::min<std::uint64_t>(left, kFrameHeaderBytes)));
    CheckedFrame checked = check_frame(bytes, salt_, offset);
    // The head says how much more to read, and is believed no further than the file goes (INV R6).
    if (checked.status == FrameStatus::Short && checked.frame_bytes > 0 &&
        checked.frame_bytes <= left) {
        BATPAK_TRY(bytes, reader_.at(offset, checked.frame_bytes));
        checked = check_frame(bytes, salt_, offset);
    }
    if (checked.status != FrameStatus::Valid) return std::optional<Piece>();
    return std::optional(
        Piece{Piece::Kind::Frame, offset, checked.frame_bytes, bytes.first(checked.frame_bytes)});
}

Result<std::uint64_t> SegmentWalk::find_frame(std::uint64_t offset) {
    BATPAK_ASSERT(offset <= file_bytes_);
    if (!found_) BATPAK_CHECK(search_from(offset));
    const auto next = std::ranges::lower_bound(*found_, offset, {}, &FoundFrame::offset);
    return next == found_->end() ? file_bytes_ : next->offset;
}

Result<void> SegmentWalk::search_from(std::uint64_t offset) {
    std::vector<FoundFrame> found;
    const auto any = [](BytesView, std::uint32_t) { return true; };
    const auto keep = [&](const FoundFrame& frame) {
        found.push_back(frame);
        return true;
    };
    BATPAK_CHECK(FrameSearch(file_, salt_, offset, file_bytes_).run(any, keep));
    BATPAK_ASSERT(!found_);  // a file is searched once
    std::ranges::sort(found, {}, &FoundFrame::offset);
    found_ = std::move(found);
    return {};
}

// The last byte that is not zero, from the back of each window.
Result<std::uint64_t> SegmentWalk::content_end(std::uint64_t begin, std::uint64_t end) {
    BATPAK_ASSERT(begin <= end && end <= file_bytes_);
    std::uint64_t content = begin;
    for (std::uint64_t at = begin; at < end;) {
        const auto want =
            static_cast<std::size_t>(std::min<std::uint64_t>(end - at, kScanWindowBytes));
        BATPAK_TRY(BytesView bytes, searcher_.at(at, want));
        bytes = bytes.first(std::min(bytes.size(), want));
        if (bytes.empty()) break;
        for (std::size_t i = bytes.size(); i > 0; --i) {
            if (bytes[i - 1] == std::byte{0}) continue;
            content = at + i;
            break;
        }
        at += bytes.size();
    }
    return content;
}

}  // namespace batpak::store
