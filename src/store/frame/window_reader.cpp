// The size of a window follows the way the reading goes: twice as large after each step forward,
// half as large after a leap. So a point read is one small call, a scan soon one call for each 256
// KiB, and a walk that is neither settles between the two.
#include "store/frame/window_reader.hpp"

#include <algorithm>

#include "batpak/base/assert.hpp"

namespace batpak::store {
namespace {

// What costs as much to copy as another call does: over a gap like this the reading goes forward.
constexpr std::uint64_t kNearBytes = 8192;

}  // namespace

Result<BytesView> WindowReader::at(std::uint64_t offset, std::size_t count) {
    const bool inside = offset >= held_offset_ && offset - held_offset_ <= held_.size() &&
                        count <= held_.size() - (offset - held_offset_);
    if (!inside && file_ != nullptr) BATPAK_CHECK(load(offset, count));
    const BytesView bytes = held(offset);
    // Fewer only where the file ends: the window was not made too small.
    BATPAK_ASSERT(bytes.size() >= count || file_ == nullptr || held_.size() < window_.size());
    return bytes.first(std::min(count, bytes.size()));
}

void WindowReader::move_to(File& file) {
    if (file_ == &file) return;
    file_ = &file;
    forget();
}

void WindowReader::move_to(BytesView whole) noexcept {
    file_ = nullptr;
    held_ = whole;
    held_offset_ = 0;
}

Result<void> WindowReader::load(std::uint64_t offset, std::size_t count) {
    BATPAK_ASSERT(file_ != nullptr);
    const std::uint64_t end = held_offset_ + held_.size();
    const bool is_near = !held_.empty() && offset >= held_offset_ && offset <= end + kNearBytes;
    // A leap halves and does not reset: a walk that leaps now and then keeps most of its window.
    window_bytes_ = is_near ? std::clamp(2 * window_bytes_, kPointReadBytes, kScanWindowBytes)
                            : std::max(window_bytes_ / 2, first_window_bytes_);
    forget();
    window_.clear();
    const MutableBytesView room = window_.extend(std::max(count, window_bytes_));
    BATPAK_TRY(const std::size_t got, file_->read_at(offset, room));
    BATPAK_ASSERT(got <= room.size());
    held_ = room.first(got);
    held_offset_ = offset;
    return {};
}

}  // namespace batpak::store
