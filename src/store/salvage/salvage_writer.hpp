// SalvageWriter: the segments of the store that a salvage makes, one after the other.
//
//     segments, each proved and durable under a temporary name -> their names
//       -> a segment to go on with -> MANIFEST: from then on there is a store (INV K1, K9)
//
// Threads: thread-compatible
// Errors:  DiskFull, Io
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "batpak/base/environment.hpp"
#include "batpak/base/result.hpp"
#include "store/log/manifest.hpp"
#include "store/log/store_directory.hpp"
#include "store/salvage/event_judge.hpp"

namespace batpak::store {

class SalvageWriter {
public:
    // Borrows: both.
    SalvageWriter(StoreDirectory& target, Entropy& entropy, bool has_hashes,
                  std::uint64_t segment_bytes);
    // What was not finished is removed.
    ~SalvageWriter();
    SalvageWriter(const SalvageWriter&) = delete;
    SalvageWriter& operator=(const SalvageWriter&) = delete;

    // The next event is the first of this era. Requires: eras grow; the first begins at 0.
    [[nodiscard]] Result<void> begin_era(const Era& era);
    // An event alone, or all of a batch. Requires: they follow the last one.
    [[nodiscard]] Result<void> add(std::span<const JudgedEvent> events);
    // The event that was added at `intent`, and those before it that it leads to, say which
    // payloads are erased, and none of them is there.
    void set_erasures(Sequence intent);
    // Makes it a store.
    [[nodiscard]] Result<void> finish();

    Sequence next() const noexcept { return next_; }
    const LogId& log_id() const { return manifest_.log_id(); }
    bool has_era() const noexcept { return !manifest_.eras.empty(); }
    std::uint64_t segments() const noexcept { return manifest_.sealed.size(); }
    std::uint64_t bytes() const noexcept { return bytes_; }

private:
    [[nodiscard]] Result<void> make_room(std::span<const JudgedEvent> events);
    [[nodiscard]] Result<void> begin_segment();
    [[nodiscard]] Result<void> flush();
    [[nodiscard]] Result<void> seal();
    void append_event(const JudgedEvent& event, Sequence durable_end);
    std::uint64_t offset() const noexcept { return written_ + frames_.size(); }

    StoreDirectory& target_;
    Entropy& entropy_;
    const std::uint64_t segment_bytes_;
    Manifest manifest_;
    std::vector<std::uint64_t> ids_;  // of all segments that were begun
    Sequence next_;
    std::uint64_t bytes_ = 0;
    bool is_made_ = false;

    // Of the segment that is written; null: none is.
    std::unique_ptr<File> file_;
    SegmentHeader header_;
    Buffer frames_;  // that are not written yet
    Buffer content_;
    std::uint64_t written_ = 0;
};

}  // namespace batpak::store
