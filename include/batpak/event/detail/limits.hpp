// Limits of the event layer: what bounds one event's metadata.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <cstddef>

#include "batpak/base/detail/language.hpp"

namespace batpak::limits {

inline constexpr std::size_t kMetadataEntriesMax = 32;
inline constexpr std::size_t kMetadataKeyBytesMax = 128;
inline constexpr std::size_t kMetadataValueBytesMax = 1024;
inline constexpr std::size_t kMetadataBytesMax = 8 * 1024;  // encoded

inline constexpr std::size_t kIdempotencyKeyBytesMax = 256;

// What the log is told of a kind. A longer shape is left out.
inline constexpr std::size_t kKindNameBytesMax = 256;
inline constexpr std::size_t kKindShapeBytesMax = 8 * 1024;

// A reader takes more than any writer may write, so that a later version can raise the limits.
inline constexpr std::size_t kMetadataReadBytesMax = 64 * 1024;
static_assert(kMetadataBytesMax <= kMetadataReadBytesMax);

}  // namespace batpak::limits
