// Where things are in the file of the active segment:
//
//     header, frames that a sync covered   up to synced_offset_
//     frames that no sync covered yet      up to offset_: here the next frame goes
//     zeros, in blocks that were written   up to filled_offset_
//     zeros, in space that is reserved     up to file_bytes_
//
// write() moves offset_, sync() moves synced_offset_ to it, and the last two run ahead so that
// neither waits for the file system's journal. What comes after offset_ is zeros, always: a failed
// write is undone by cutting the file there, durably (INV W3), and a sync that fails is never tried
// again, because the cache may by then call clean what the disk does not have (INV W4).
#include "store/log/segment_writer.hpp"

#include <algorithm>
#include <array>

#include "base/exceptions.hpp"
#include "batpak/base/assert.hpp"
#include "store/frame/limits.hpp"

namespace batpak::store {
namespace {

// Small stores stay small, large ones reserve in steps that cost nothing noticeable.
constexpr std::uint64_t kReserveBytesMin = 64U << 10;
constexpr std::uint64_t kReserveBytesMax = 4U << 20;
// One write: small enough that the sync after it takes no longer than others, and that the page
// cache does not keep the file in pieces so large that each small write into them is slow.
constexpr std::size_t kFillBytes = 32U << 10;
// Syncs are often if no more than this was written since the last one.
constexpr std::uint64_t kOftenBytes = 16U << 10;

constexpr std::array<std::byte, kFillBytes> kZeros{};

}  // namespace

std::uint64_t SegmentWriter::reserve_target(std::uint64_t used, std::uint64_t bytes,
                                            std::uint64_t segment_bytes) noexcept {
    BATPAK_ASSERT(used >= SegmentHeader::kBytes);
    const std::uint64_t step = std::clamp(used, kReserveBytesMin, kReserveBytesMax);
    return std::max(std::min(used + step, segment_bytes), used + bytes);
}

Result<void> SegmentWriter::reserve(std::uint64_t bytes) {
    if (offset_ + bytes <= file_bytes_) return {};
    const std::uint64_t target = reserve_target(offset_, bytes, segment_bytes_);
    BATPAK_ASSERT(target >= offset_ + bytes && target > file_bytes_);
    auto reserved = file_->allocate(target);
    if (!reserved) {
        // No room for the step may still be room for this write.
        BATPAK_CHECK(file_->allocate(offset_ + bytes));
        file_bytes_ = offset_ + bytes;
        return {};
    }
    file_bytes_ = target;
    return {};
}

// Writes zeros where zeros stand, so that the blocks behind the next frames count as written.
Result<void> SegmentWriter::fill_ahead(std::uint64_t bytes) {
    const std::uint64_t end = offset_ + bytes;
    const bool is_filled = end <= filled_offset_;
    if (!syncs_often_ || is_filled) return {};
    const std::uint64_t begin = std::max(filled_offset_, end);
    const std::uint64_t count = std::min<std::uint64_t>(kFillBytes, file_bytes_ - begin);
    BATPAK_ASSERT(begin >= end && begin <= file_bytes_);
    BATPAK_ASSERT(begin + count <= file_bytes_);  // the file's size does not change
    if (count > 0) BATPAK_CHECK(file_->write_at(begin, BytesView(kZeros).first(count)));
    filled_offset_ = begin + count;
    return {};
}

Result<void> SegmentWriter::hold(SegmentPlace place) {
    BATPAK_ASSERT(offset_ >= SegmentHeader::kBytes);
    ending_.offset = offset_;
    BATPAK_CHECK(file_->read_at(offset_ - ending_.bytes.size(), ending_.bytes));
    synced_ending_ = ending_;
    place_ = std::move(place);
    return {};
}

void SegmentWriter::remember(BytesView frames) noexcept {
    std::array<std::byte, 16>& bytes = ending_.bytes;
    const BytesView last = frames.last(std::min(frames.size(), bytes.size()));
    std::ranges::rotate(bytes, bytes.begin() + static_cast<std::ptrdiff_t>(last.size()));
    std::ranges::copy(last, bytes.end() - static_cast<std::ptrdiff_t>(last.size()));
    if (place_) BATPAK_ASSERT(offset_ == ending_.offset + frames.size());
    ending_.offset = offset_;
}

Result<void> SegmentWriter::check_ending() {
    if (!place_) return {};
    BATPAK_ASSERT(synced_ending_.offset >= SegmentHeader::kBytes);
    BATPAK_ASSERT(synced_ending_.offset <= offset_);
    std::array<std::byte, 16> found{};
    // A look that fails says nothing: the next one will.
    const auto looked =
        caught([&] { return file_->read_at(synced_ending_.offset - found.size(), found); });
    if (!looked || found == synced_ending_.bytes) return {};
    broken_ = true;
    return fail(Error(ErrorCode::MissingSegment,
                      "it was overwritten while the store was open for writing: what was stored "
                      "last is no longer in it")
                    .at_offset(synced_ending_.offset));
}

Result<void> SegmentWriter::check_place() {
    if (!place_) return {};
    return break_if_failed(caught([&] { return place_->check(); }));
}

Result<void> SegmentWriter::check_held() {
    BATPAK_CHECK(break_if_failed(check_ending()));
    return check_place();
}

void SegmentWriter::begin_unsynced() noexcept {
    BATPAK_ASSERT(synced_ending_.offset <= ending_.offset);
    synced_ending_ = ending_;
    writes_unsynced_ = 0;
}

// What is thrown on the way is a failure like any other.
Result<void> SegmentWriter::write(BytesView frames) {
    BATPAK_ASSERT(!broken_);
    BATPAK_ASSERT(!frames.empty());
    BATPAK_CHECK(caught([&] { return make_ready(frames.size()); }));
    if (auto written = caught([&] { return write_frames(frames); }); !written) {
        BATPAK_CHECK(break_if_failed(caught([&] { return undo_write(); })));
        return written;
    }
    offset_ += frames.size();
    BATPAK_ASSERT(offset_ <= file_bytes_ && offset_ <= kSegmentBytesMax);
    ++writes_unsynced_;
    remember(frames);
    return {};
}

// Until this is done, no frame is touched.
Result<void> SegmentWriter::make_ready(std::uint64_t bytes) {
    if (offset_ + bytes > kSegmentBytesMax) {
        return fail(Error(ErrorCode::PayloadTooLarge, "no segment can hold it"));
    }
    BATPAK_CHECK(reach(injector_, InjectionPoint::BeforeWrite));
    if (writes_unsynced_ == 0) BATPAK_CHECK(check_ending());
    return reserve(bytes);
}

Result<void> SegmentWriter::write_frames(BytesView frames) {
    BATPAK_ASSERT(offset_ + frames.size() <= file_bytes_);
    BATPAK_CHECK(fill_ahead(frames.size()));
    BATPAK_CHECK(file_->write_at(offset_, frames));
    return reach(injector_, InjectionPoint::AfterWrite);
}

// A part of the frames may be in the file. The next write might be shorter, so overwriting is not
// enough: a whole frame of the failed write could stand behind it and be taken for an event.
Result<void> SegmentWriter::undo_write() {
    BATPAK_ASSERT(offset_ >= synced_offset_);  // what a sync covered is never cut
    BATPAK_CHECK(reach(injector_, InjectionPoint::BeforeUndo));
    BATPAK_CHECK(file_->resize(offset_));
    BATPAK_CHECK(file_->sync(SyncMode::All));
    file_bytes_ = offset_;
    filled_offset_ = offset_;
    return {};
}

Result<void> SegmentWriter::sync(SyncMode mode) {
    BATPAK_ASSERT(!broken_);
    BATPAK_ASSERT(synced_offset_ <= offset_);
    syncs_often_ = offset_ - synced_offset_ <= kOftenBytes;
    synced_offset_ = offset_;
    BATPAK_CHECK(break_if_failed(reach(injector_, InjectionPoint::BeforeSync)));
    // What was written while nothing looked.
    if (writes_unsynced_ > 1) BATPAK_CHECK(break_if_failed(check_ending()));
    BATPAK_CHECK(break_if_failed(caught([&] { return file_->sync(mode); })));
    BATPAK_CHECK(break_if_failed(reach(injector_, InjectionPoint::AfterSync)));
    begin_unsynced();
    return check_place();
}

Result<void> SegmentWriter::finish() {
    BATPAK_ASSERT(!broken_);
    BATPAK_CHECK(reach(injector_, InjectionPoint::BeforeSeal));
    BATPAK_CHECK(break_if_failed(check_ending()));
    // However long it was: space that could not be reserved may have been left behind.
    BATPAK_CHECK(caught([&] { return file_->resize(offset_); }));
    file_bytes_ = offset_;
    filled_offset_ = offset_;
    BATPAK_CHECK(break_if_failed(caught([&] { return file_->sync(SyncMode::All); })));
    begin_unsynced();
    return check_place();
}

Result<void> SegmentWriter::break_if_failed(Result<void> result) noexcept {
    if (!result) broken_ = true;
    return result;
}

}  // namespace batpak::store
