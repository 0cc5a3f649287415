#include "tool/segment_walk.hpp"

#include <algorithm>

#include "batpak/base/little_endian.hpp"

namespace batpak::tool {
namespace {

using store::CheckedFrame;
using store::FrameStatus;
using store::kFrameHeaderBytes;
using store::kScanWindowBytes;

// Bodies that the search may check, as a multiple of the bytes it searches.
constexpr std::uint64_t kSearchBudgetFactor = 8;

}  // namespace

SegmentWalk::SegmentWalk(File& file, std::uint64_t file_bytes, const store::SegmentHeader& header,
                         std::uint64_t offset)
    : reader_(file),
      searcher_(file, kScanWindowBytes),
      file_bytes_(file_bytes),
      salt_(header.salt),
      offset_(offset),
      budget_(kSearchBudgetFactor * (file_bytes - offset) + kScanWindowBytes) {
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
    const std::uint64_t left = file_bytes_ - offset;
    BATPAK_TRY(BytesView bytes,
               reader_.at(offset, std::min<std::uint64_t>(left, kFrameHeaderBytes)));
    CheckedFrame checked = store::check_frame(bytes, salt_, offset);
    if (checked.status == FrameStatus::Short && checked.frame_bytes > 0 &&
        checked.frame_bytes <= left && checked.frame_bytes <= budget_) {
        BATPAK_TRY(bytes, reader_.at(offset, checked.frame_bytes));
        checked = store::check_frame(bytes, salt_, offset);
        if (checked.status != FrameStatus::Valid) budget_ -= checked.frame_bytes;
    }
    if (checked.status != FrameStatus::Valid) return std::optional<Piece>();
    return std::optional(
        Piece{Piece::Kind::Frame, offset, checked.frame_bytes, bytes.first(checked.frame_bytes)});
}

Result<std::uint64_t> SegmentWalk::find_frame(std::uint64_t offset) {
    for (std::uint64_t at = offset; at + kFrameHeaderBytes < file_bytes_; ++at) {
        BATPAK_TRY(const BytesView head, searcher_.at(at, kFrameHeaderBytes));
        if (head.size() < kFrameHeaderBytes) break;
        const CheckedFrame checked = store::check_frame(head, salt_, at);
        if (checked.status != FrameStatus::Short || checked.frame_bytes == 0) continue;
        if (checked.frame_bytes > file_bytes_ - at) continue;
        if (checked.frame_bytes > budget_) {
            return fail(Error(ErrorCode::CorruptSegment,
                              "what follows looks like countless frames: give an offset behind it")
                            .at_offset(at));
        }
        BATPAK_TRY(const std::optional<Piece> frame, frame_at(at));
        if (frame) return at;
    }
    return file_bytes_;
}

Result<std::uint64_t> SegmentWalk::content_end(std::uint64_t begin, std::uint64_t end) {
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

}  // namespace batpak::tool
