#include "store/frame/frame_reader.hpp"

#include <algorithm>

namespace batpak::store {

Result<CheckedFrame> FrameReader::load(std::uint64_t offset, std::uint64_t end,
                                       std::size_t expected_bytes) {
    if (file_ == nullptr) return held(offset, end);  // there is no more
    const std::uint64_t left = end - offset;
    std::uint64_t wanted = std::max(expected_bytes, kFrameHeaderBytes);
    for (;;) {
        BATPAK_CHECK(window_.at(offset, static_cast<std::size_t>(std::min(wanted, left))));
        const CheckedFrame checked = held(offset, end);
        const bool goes_on = checked.status == FrameStatus::Short && checked.frame_bytes > wanted &&
                             checked.frame_bytes <= left;
        if (!goes_on) return checked;
        wanted = checked.frame_bytes;
        if (wanted <= kScanWindowBytes) continue;
        // A length that points out of the file is no reason to make room for it.
        BATPAK_TRY(const FileStat stat, file_->stat());
        if (offset > stat.size_bytes || wanted > stat.size_bytes - offset) return checked;
    }
}

}  // namespace batpak::store
