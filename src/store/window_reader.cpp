#include "store/window_reader.hpp"

#include <algorithm>

namespace batpak::store {

Result<BytesView> WindowReader::at(std::uint64_t offset, std::size_t count) {
    const bool inside = offset >= window_offset_ && offset - window_offset_ <= window_.size() &&
                        count <= window_.size() - (offset - window_offset_);
    if (!inside) BATPAK_CHECK(load(offset, count));
    const BytesView tail =
        window_.view().subspan(static_cast<std::size_t>(offset - window_offset_));
    return tail.first(std::min(count, tail.size()));
}

void WindowReader::move_to(File& file) {
    if (file_ == &file) return;
    file_ = &file;
    forget();
}

Result<void> WindowReader::load(std::uint64_t offset, std::size_t count) {
    const bool goes_forward = !window_.empty() && offset >= window_offset_ &&
                              offset - window_offset_ <= window_.size() + window_bytes_;
    if (goes_forward) window_bytes_ = std::min(window_bytes_ * 2, kScanWindowBytes);
    window_.clear();
    window_offset_ = offset;
    const MutableBytesView room = window_.extend(std::max(count, window_bytes_));
    const Result<std::size_t> got = file_->read_at(offset, room);
    window_.truncate(got ? *got : 0);
    if (!got) return fail(got.error());
    return {};
}

}  // namespace batpak::store
