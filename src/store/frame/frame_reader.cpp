// How many bytes to ask for, when the frame is not known to be that long:
//
//     a guess, or just the head -> the head says how long -> the rest, in the same or a second read
//
// A length is believed only as far as bytes are there: within a window it costs nothing to try, and
// beyond it the file is asked for its size first (INV R6).
#include "store/frame/frame_reader.hpp"

#include <algorithm>

namespace batpak::store {

Result<CheckedFrame> FrameReader::load(std::uint64_t offset, std::uint64_t end,
                                       std::size_t expected_bytes) {
    BATPAK_ASSERT(offset <= end);
    if (file_ == nullptr) return held(offset, end);  // there is no more
    const std::uint64_t left = end - offset;
    std::uint64_t wanted = std::max(expected_bytes, kFrameHeaderBytes);
    for (;;) {
        BATPAK_CHECK(window_.at(offset, static_cast<std::size_t>(std::min(wanted, left))));
        const CheckedFrame checked = held(offset, end);
        const bool goes_on = checked.status == FrameStatus::Short && checked.frame_bytes > wanted &&
                             checked.frame_bytes <= left;
        if (!goes_on) return checked;
        wanted = checked.frame_bytes;  // it grew, so this ends
        BATPAK_ASSERT(wanted <= kFrameHeaderBytes + kFrameBodyBytesMax);
        if (wanted <= kScanWindowBytes) continue;
        // A length that points out of the file is no reason to make room for it.
        BATPAK_TRY(const FileStat stat, file_->stat());
        if (offset > stat.size_bytes || wanted > stat.size_bytes - offset) return checked;
    }
}

}  // namespace batpak::store
