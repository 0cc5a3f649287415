// Limits of the store layer. Every bound that the engine relies on stands here.
#pragma once

#include <cstddef>
#include <cstdint>

#include "batpak/coordinate/coordinate.hpp"

namespace batpak::store {

// The longest frame body: what a reader may be asked to hold in memory at once.
inline constexpr std::size_t kFrameBodyBytesMax = 128U << 20;
// Offsets inside a segment are 32 bits in the index.
inline constexpr std::uint64_t kSegmentBytesMax = (std::uint64_t{1} << 32) - 1;
inline constexpr std::uint64_t kSegmentBytesMin = 4096;
// What a frame adds to payload, names and metadata, at most (FORMAT.md: frame header 10; the fixed
// elements with their widest integers; three length prefixes of 5).
inline constexpr std::size_t kFrameOverheadBytesMax = 256;
// One write of one group.
inline constexpr std::size_t kGroupBytesMax = 1U << 20;
// Reading ahead when frames are taken one after another.
inline constexpr std::size_t kScanWindowBytes = 256U << 10;
// The first read of a reader that may not go on.
inline constexpr std::size_t kPointReadBytes = 1024;
// What index files are read by: 128 events, and 64 entries of a table of keys.
inline constexpr std::size_t kIndexBlockBytes = 1536;
// Blocks of index files that memory is taken for at a time.
inline constexpr std::size_t kIndexChunkBlocks = 16;
inline constexpr std::uint64_t kIndexCacheBytesMin = kIndexChunkBlocks * kIndexBlockBytes;
inline constexpr std::uint64_t kIndexCacheBytesMax = std::uint64_t{64} << 30;
// So many events of a batch before it is needed, the head of a stream is brought near.
inline constexpr std::size_t kPrefetchEvents = 8;
// Segment ids are written with 12 digits in file names.
inline constexpr std::uint64_t kSegmentIdMax = 999'999'999'999;

static_assert(2 * Coordinate::kPartBytesMax + kFrameOverheadBytesMax < kFrameBodyBytesMax);
static_assert(kFrameBodyBytesMax < kSegmentBytesMax && kSegmentBytesMin < kSegmentBytesMax);
static_assert(kPointReadBytes < kScanWindowBytes);  // windows grow from the one to the other
static_assert(kIndexCacheBytesMin < kIndexCacheBytesMax);

}  // namespace batpak::store
