// MergePlan: which segments a merge would make into one.
//
// Threads: the functions are thread-safe
// Errors:  InvalidArgument; those of opening a segment and reading its header
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "batpak/base/result.hpp"
#include "batpak/store/compaction.hpp"
#include "store/log/manifest.hpp"
#include "store/log/store_directory.hpp"

namespace batpak::store {

// Sealed segments that follow one another, oldest first.
using MergeGroup = std::vector<SealedSegment>;

[[nodiscard]] Result<void> check_merge(const Merge& merge);
[[nodiscard]] Result<std::vector<MergeGroup>> plan_merge(StoreDirectory& directory,
                                                         const Manifest& manifest,
                                                         const Merge& merge);

std::uint64_t bytes_of(const std::vector<SealedSegment>& segments) noexcept;
// What is before, and what will be if each group becomes one segment of as many bytes.
CompactionReport report_of_plan(const Manifest& manifest,
                                const std::vector<MergeGroup>& groups) noexcept;

}  // namespace batpak::store
