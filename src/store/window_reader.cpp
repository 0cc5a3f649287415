#include "store/window_reader.hpp"

#include <algorithm>

namespace batpak::store {
namespace {

// What costs as much to copy as another call does: over a gap like this the reading goes forward.
constexpr std::uint64_t kNearBytes = 8192;

}  // namespace

Result<BytesView> WindowReader::at(std::uint64_t offset, std::size_t count) {
    const bool inside = offset >= window_offset_ && offset - window_offset_ <= window_.size() &&
                        count <= window_.size() - (offset - window_offset_);
    if (!inside) BATPAK_CHECK(load(offset, count));
    const BytesView bytes = held(offset);
    return bytes.first(std::min(count, bytes.size()));
}

void WindowReader::move_to(File& file) {
    if (file_ == &file) return;
    file_ = &file;
    forget();
}

Result<void> WindowReader::load(std::uint64_t offset, std::size_t count) {
    const std::uint64_t end = window_offset_ + window_.size();
    const bool is_near = !window_.empty() && offset >= window_offset_ && offset <= end + kNearBytes;
    window_bytes_ = is_near ? std::clamp(2 * window_bytes_, kPointReadBytes, kScanWindowBytes)
                            : std::max(window_bytes_ / 2, first_window_bytes_);
    window_.clear();
    window_offset_ = offset;
    const MutableBytesView room = window_.extend(std::max(count, window_bytes_));
    const Result<std::size_t> got = file_->read_at(offset, room);
    window_.truncate(got ? *got : 0);
    if (!got) return fail(got.error());
    return {};
}

}  // namespace batpak::store
