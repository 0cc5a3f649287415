// SegmentWriter: the end of the active segment, where frames are appended.
//
// It keeps the file's space reserved ahead of the frames, so that a sync of data does not change
// the file's size; where syncs follow one another closely it also writes zeros ahead, because the
// first write to a block is a change of metadata too, and a sync must wait for the journal.
//
// Nothing is thrown: neither what a file throws, nor for want of memory.
//
// It answers for what a failed write leaves behind: either the file is again what it was before, or
// the writer is broken and nothing may be written any more.
//
// Nor does it trust that the file is still its own. Somebody may put an older copy over it: before
// the first write behind a sync, it looks whether the last bytes are those that it knows. And
// behind each sync, whether the file still has its name. Between syncs it looks at nothing.
//
// Threads: thread-compatible; the leader of the commit queue owns it
// Errors:  DiskFull, Io, OutOfMemory; MissingSegment if the file is no longer its own
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "batpak/base/assert.hpp"
#include "batpak/base/file_system.hpp"
#include "batpak/base/result.hpp"
#include "store/frame/segment_header.hpp"
#include "store/log/reach.hpp"
#include "store/log/segment_place.hpp"

namespace batpak::store {

class SegmentWriter {
public:
    // Takes up a segment whose frames end at `offset`. Behind it stand zeros up to the file's end.
    // Borrows: the injector, which may be null.
    SegmentWriter(std::unique_ptr<File> file, const SegmentHeader& header, std::uint64_t offset,
                  std::uint64_t file_bytes, std::uint64_t segment_bytes, FaultInjector* injector)
        : file_(std::move(file)),
          header_(header),
          offset_(offset),
          synced_offset_(offset),
          filled_offset_(offset),
          file_bytes_(file_bytes),
          segment_bytes_(segment_bytes),
          injector_(injector) {
        BATPAK_ASSERT(offset_ >= SegmentHeader::kBytes);
        BATPAK_ASSERT(offset_ <= file_bytes_);
    }

    // From here on the file is looked after: it must stay at `place`, and keep what it holds.
    [[nodiscard]] Result<void> hold(SegmentPlace place);
    // Whether it is so. A failure breaks the writer.
    [[nodiscard]] Result<void> check_held();

    const SegmentHeader& header() const noexcept { return header_; }
    File& file() noexcept { return *file_; }
    std::uint64_t offset() const noexcept { return offset_; }  // where the next frame goes
    // Whether `bytes` more would make it larger than segments should be. Never before the first
    // frame: what fits no segment gets one of its own.
    bool is_full_for(std::uint64_t bytes) const noexcept {
        return offset_ > SegmentHeader::kBytes && offset_ + bytes > segment_bytes_;
    }

    // Writes frames at offset() and moves it. After an error broken() says which of the two holds.
    [[nodiscard]] Result<void> write(BytesView frames);
    // A failure breaks the writer.
    [[nodiscard]] Result<void> sync(SyncMode mode);
    // Cuts off the space reserved ahead and syncs everything. A failed sync breaks the writer;
    // after a failed cut the frames are what they were, and the writer goes on.
    [[nodiscard]] Result<void> finish();

    // Whether nobody knows any more what the file holds.
    bool broken() const noexcept { return broken_; }

    // How much to reserve in a file that holds `used` bytes and is to take `bytes` more.
    static std::uint64_t reserve_target(std::uint64_t used, std::uint64_t bytes,
                                        std::uint64_t segment_bytes) noexcept;

private:
    // The last bytes of what was written.
    struct Ending {
        std::uint64_t offset = 0;  // behind them
        std::array<std::byte, 16> bytes{};
    };

    void remember(BytesView frames) noexcept;
    [[nodiscard]] Result<void> check_ending();
    [[nodiscard]] Result<void> check_place();
    void begin_unsynced() noexcept;
    [[nodiscard]] Result<void> make_ready(std::uint64_t bytes);
    [[nodiscard]] Result<void> reserve(std::uint64_t bytes);
    [[nodiscard]] Result<void> fill_ahead(std::uint64_t bytes);
    [[nodiscard]] Result<void> write_frames(BytesView frames);
    [[nodiscard]] Result<void> undo_write();
    Result<void> break_if_failed(Result<void> result) noexcept;

    std::unique_ptr<File> file_;
    const SegmentHeader header_;
    std::uint64_t offset_;
    std::uint64_t synced_offset_;  // where the next frame went at the last sync
    std::uint64_t filled_offset_;  // up to here, at least, blocks were written
    std::uint64_t file_bytes_;
    const std::uint64_t segment_bytes_;
    bool syncs_often_ = false;
    FaultInjector* const injector_;
    bool broken_ = false;
    std::optional<SegmentPlace> place_;
    Ending ending_;         // of all that was written
    Ending synced_ending_;  // of what the last sync covered
    std::uint64_t writes_unsynced_ = 0;
};

}  // namespace batpak::store
