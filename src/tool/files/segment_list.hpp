// SegmentList: the segment files of a store as they lie there, also of a store that does not open.
//
// Threads: the functions are thread-safe
// Errors:  NotAStore, Io; what is wrong with a segment or the MANIFEST stands in the list
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "batpak/base/file_system.hpp"
#include "batpak/base/result.hpp"
#include "batpak/base/sequence.hpp"
#include "store/frame/segment_header.hpp"

namespace batpak::tool {

enum class SegmentState : std::uint8_t {
    Sealed,
    Active,
    Unlisted,  // the MANIFEST does not list it
    Gone,      // the MANIFEST says so: a compaction left it, and the next writer removes it
    Missing,   // the MANIFEST lists it, and there is no such file
    Damaged,   // its header cannot be read
};

std::string_view to_string(SegmentState state) noexcept;

struct SegmentInfo {
    std::uint64_t id = 0;
    SegmentState state = SegmentState::Sealed;
    std::uint64_t file_bytes = 0;
    std::uint64_t frame_bytes = 0;  // up to the end of the last whole frame, header included
    std::optional<Sequence> first;
    std::optional<Sequence> end;
    std::optional<store::SegmentHeader> header;
    bool is_measured = true;  // false: too long to be read for where its frames end
    std::optional<Error> problem;
};

struct SegmentList {
    bool has_hashes = false;
    std::optional<Error> manifest_problem;
    std::uint64_t total = 0;            // how many there are, listed or not
    std::vector<SegmentInfo> segments;  // by id
};

// Which of the segments are listed, in the order of the list, and how long the files together may
// be that are read for where their frames end: of sealed ones that is known.
struct SegmentListPart {
    std::uint64_t skip = 0;
    std::uint64_t max = UINT64_MAX;
    std::uint64_t scan_bytes_max = UINT64_MAX;
};

[[nodiscard]] Result<SegmentList> list_segments(const std::string& directory,
                                                const SegmentListPart& part = {});

// A file of the index folder, by its header alone.
struct IndexFileInfo {
    std::string file;
    std::uint64_t bytes = 0;
    std::uint64_t segment = 0;
    Sequence first;
    Sequence end;
    std::optional<Error> problem;  // then nothing but its name is known
};

// At most `max` of them.
[[nodiscard]] Result<std::vector<IndexFileInfo>> list_index_files(const std::string& directory,
                                                                  std::uint64_t max);

// The ids of the segments that lie there or that the MANIFEST lists, by number. Reads none of them.
[[nodiscard]] Result<std::vector<std::uint64_t>> list_segment_ids(const std::string& directory);

// One segment, opened. Errors: MissingSegment, CorruptSegment.
struct OpenSegment {
    std::unique_ptr<File> file;
    std::uint64_t file_bytes = 0;
    store::SegmentHeader header;
};
[[nodiscard]] Result<OpenSegment> open_segment(const std::string& directory, std::uint64_t id);

}  // namespace batpak::tool
