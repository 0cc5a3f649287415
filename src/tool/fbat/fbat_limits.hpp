// What a batch of the new store may hold: the most that a store can be told to take.
//
// Threads: immutable values
// Errors:  none
#pragma once

#include <cstdint>

namespace batpak::tool {

inline constexpr std::uint32_t kFbatBatchItemsMax = 4096;
inline constexpr std::uint32_t kFbatBatchBytesMax = 16U << 20;

}  // namespace batpak::tool
