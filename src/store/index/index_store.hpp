// IndexStore: the index files of a store, and how to make one from the frames.
//
// Index files are derived. load() answers with a part that is proved to belong to exactly the run
// of events that was asked for; a file that is missing, damaged, foreign or stale is replaced by
// one made from the frames. Where events are damaged and no file tells what they were, the answer
// is a DamagedIndex, which is not written. Only the frames can make it fail.
//
// An index that is too large for a file serves from memory; each open makes it again.
//
// A part that is lost while it is open (Index::is_lost) is made from the frames too. Its file is
// written again if it is the only one of its segment that begins there.
//
// Threads: thread-safe
// Errors:  those of the segment: Io, CorruptSegment
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "batpak/base/result.hpp"
#include "store/index/index_part.hpp"
#include "store/log/segment_files.hpp"
#include "store/log/store_directory.hpp"

namespace batpak::store {

// A run of whole frames of one segment.
struct LogRun {
    SegmentHeader header;
    Sequence first;
    Sequence end;
    std::uint64_t start_offset = 0;
    std::uint64_t end_offset = 0;

    PartBinding binding() const {
        return {.log_id = header.log_id,
                .segment_id = header.segment_id,
                .salt = header.salt,
                .first = first,
                .end = end,
                .start_offset = start_offset,
                .end_offset = end_offset};
    }
};

// Whether the last event that a part knows stands in the segment, where the part says.
enum class Standing : std::uint8_t {
    Holds,
    Differs,  // another event stands there: the part belongs to another continuation of the log
    Damaged,  // what stands there is no event: which one it was, only the part knows
    Absent,   // nothing stands there: the part testifies for events that are gone
    Unknown,  // the part was lost meanwhile
};

class IndexStore {
public:
    // Borrows: all of them. Of the files of parts, at most so many are open and so many bytes in
    // memory. `part_bytes_max`: of the body of a part; tests have smaller ones.
    IndexStore(StoreDirectory& directory, SegmentFiles& files, const KeyHash& key_hash,
               std::size_t open_files_max, std::uint64_t cache_bytes,
               std::uint64_t part_bytes_max = kPartBodyBytesMax)
        : part_bytes_max_(part_bytes_max),
          directory_(directory),
          files_(files),
          key_hash_(key_hash),
          part_files_(std::make_shared<PartFiles>(directory, open_files_max, cache_bytes)) {}

    // The index of a run that is sealed or otherwise final.
    [[nodiscard]] Result<std::shared_ptr<const Index>> load(const LogRun& run);
    // Makes one part of the run, which other parts or an index in memory cover so far.
    // Errors: CorruptFrame if an event is damaged: what covers it knows more.
    [[nodiscard]] Result<std::shared_ptr<const Index>> make_whole(const LogRun& run);
    // The index of a final run whose part was lost. With `in_memory` it is kept there, so that it
    // cannot be lost again.
    [[nodiscard]] Result<std::shared_ptr<const Index>> replace(const LogRun& run, bool in_memory);

    // Writes the part for what a memory index holds, and gives back the part; the index itself if
    // that is too large for one. Requires: nobody adds to it any more.
    [[nodiscard]] Result<std::shared_ptr<const Index>> store(
        std::shared_ptr<const MemoryIndex> index, const LogRun& run);

    // The parts of a segment that line up from its start, as far as they go: what an open need not
    // scan. Each is verified.
    [[nodiscard]] Result<std::vector<std::shared_ptr<const IndexPart>>> leading_parts(
        const SegmentHeader& header);

    // What the parts that can be read say of themselves, of the segments that `wants` names, in the
    // order of their events. Which of them are of the log is the caller's to judge.
    [[nodiscard]] Result<std::vector<PartBinding>> bindings_of(
        const std::function<bool(std::uint64_t segment_id)>& wants);

    // Requires: the part is bound to the log, segment and salt of a segment of this store (not
    // checked: by those it was found).
    [[nodiscard]] Result<Standing> standing_of(const IndexPart& part);

    // The run of the same events in the segment that a compaction has put in the place of the
    // run's; nothing if the MANIFEST has no such segment.
    [[nodiscard]] Result<std::optional<LogRun>> moved(const LogRun& run);
    // Removes the part files of all segments but those that the manifest lists, or that are newer.
    void remove_unlisted_parts(const Manifest& manifest);

    // Gives back the descriptors of all parts that nobody is reading.
    void release_files() { part_files_->release(); }

    // Removes the part files of a segment other than the one that starts at `keep`.
    void remove_other_parts(std::uint64_t segment_id, Sequence keep);

    // How many parts were made from frames because no file would do, or no longer did.
    std::uint64_t rebuilt_count() const noexcept {
        return rebuilt_.load(std::memory_order_relaxed);
    }

private:
    [[nodiscard]] Result<std::shared_ptr<const IndexPart>> open_part(const std::string& name);
    // Null if an event is damaged.
    [[nodiscard]] Result<std::unique_ptr<MemoryIndex>> scan(const LogRun& run);
    [[nodiscard]] Result<std::shared_ptr<const Index>> scan_damaged(const LogRun& run);
    // Whether the file that begins where the run does may be written over: no other run needs it.
    bool may_replace_file(const LogRun& run);
    // Where the frames of the run, which may be a part of a segment, begin or end in `whole`.
    [[nodiscard]] Result<std::uint64_t> border(const LogRun& whole, Sequence before);
    // The part of the run, if the file is right.
    [[nodiscard]] Result<std::shared_ptr<const Index>> find_part(const LogRun& run);
    [[nodiscard]] Result<std::shared_ptr<const Index>> keep_scanned(
        std::unique_ptr<MemoryIndex> index, const LogRun& run);
    // store(), into a file or not.
    [[nodiscard]] Result<std::shared_ptr<const Index>> make_part(
        std::shared_ptr<const MemoryIndex> index, const LogRun& run, bool in_file);
    // The binding of the run, with the checksum that its last frame has in the segment.
    [[nodiscard]] Result<PartBinding> bind(const MemoryIndex& index, const LogRun& run);

    const std::uint64_t part_bytes_max_;
    StoreDirectory& directory_;
    SegmentFiles& files_;
    const KeyHash& key_hash_;
    const std::shared_ptr<PartFiles> part_files_;
    std::atomic<std::uint64_t> rebuilt_{0};
};

// Of so many sealed segments, named by what their parts should be bound to (the last checksum is
// not looked at): those that have no part, and those whose part is of something else or is none.
// Reads the headers of the parts alone.
struct IndexSurvey {
    std::uint64_t missing = 0;
    std::uint64_t stale = 0;
};
[[nodiscard]] IndexSurvey survey_indexes(StoreDirectory& directory,
                                         const std::vector<PartBinding>& sealed);

// What an index keeps of a decoded event.
IndexedEvent indexed_event(const Frame& frame, std::uint64_t frame_offset);

}  // namespace batpak::store
