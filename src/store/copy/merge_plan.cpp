// From the oldest segment on: a group takes the next one as long as that is small, of the same era,
// and fits. A segment of more than half of the size that may be made is left alone, so that what
// was merged is not rewritten again for each small one behind it.
//
// Planning reads one header for each small segment and no frame, so a plan beside a writer costs
// next to nothing.
#include "store/copy/merge_plan.hpp"

#include <memory>
#include <optional>
#include <string>

#include "batpak/base/assert.hpp"
#include "store/copy/segment_copy.hpp"
#include "store/frame/limits.hpp"

namespace batpak::store {
namespace {

// What a merge makes is at most half of the largest segment, and can grow when payloads of it are
// erased (tombstone_choice.cpp, check_room()).
static_assert(Merge::kBytesMaxLimit <= kSegmentBytesMax / 2 + 1);

Result<std::uint32_t> era_of(StoreDirectory& directory, const SealedSegment& segment) {
    BATPAK_TRY(const std::unique_ptr<File> file,
               directory.open_segment(segment.id, OpenMode::ReadOnly));
    BATPAK_TRY(const SegmentHeader header, header_of(*file, segment));
    return header.era;
}

}  // namespace

Result<void> check_merge(const Merge& merge) {
    const bool is_size =
        merge.bytes_max >= kSegmentBytesMin && merge.bytes_max <= Merge::kBytesMaxLimit;
    if (!is_size) {
        return fail(ErrorCode::InvalidArgument, "bytes_max of a merge is " +
                                                    std::to_string(kSegmentBytesMin) + " to " +
                                                    std::to_string(Merge::kBytesMaxLimit));
    }
    if (merge.segments_min >= 2) return {};
    return fail(ErrorCode::InvalidArgument, "segments_min of a merge is at least 2");
}

Result<std::vector<MergeGroup>> plan_merge(StoreDirectory& directory, const Manifest& manifest,
                                           const Merge& merge) {
    BATPAK_CHECK(check_merge(merge));
    std::vector<MergeGroup> groups;
    MergeGroup group;
    std::optional<std::uint32_t> era;  // of the group
    const auto close = [&] {
        if (group.size() >= merge.segments_min) groups.push_back(group);
        group.clear();
    };
    for (const SealedSegment& segment : manifest.sealed) {
        if (segment.bytes > merge.bytes_max / 2) {
            close();
            continue;
        }
        BATPAK_TRY(const std::uint32_t own_era, era_of(directory, segment));
        // An era starts with a segment, and a segment has one era (docs/FORMAT.md, "MANIFEST").
        if (era != own_era || bytes_of(group) + segment.bytes > merge.bytes_max) close();
        era = own_era;
        group.push_back(segment);
        BATPAK_ASSERT(bytes_of(group) <= merge.bytes_max);
    }
    close();
    return groups;
}

std::uint64_t bytes_of(const std::vector<SealedSegment>& segments) noexcept {
    std::uint64_t bytes = 0;
    for (const SealedSegment& segment : segments) bytes += segment.bytes;
    return bytes;
}

CompactionReport report_of_plan(const Manifest& manifest,
                                const std::vector<MergeGroup>& groups) noexcept {
    CompactionReport report;
    report.segments_before = manifest.sealed.size();
    report.bytes_before = bytes_of(manifest.sealed);
    for (const MergeGroup& group : groups) {
        report.segments_merged += group.size();
        ++report.segments_made;
    }
    BATPAK_ASSERT(report.segments_merged <= report.segments_before);
    report.segments_after = report.segments_before - report.segments_merged + report.segments_made;
    report.bytes_after = report.bytes_before;
    return report;
}

}  // namespace batpak::store
