// The salt of a segment whose header is gone, from its frames.
//
// Every checksum of a frame begins with the sum over the salt, and a checksum can be computed
// backwards. So one frame says what that sum was, and the next one proves it: 48 bits of two
// checksums, beside those of the first head, agree by chance once in 10^19 tries. Any salt with
// that sum does as well as the one that was lost, because frames know no more of it.
//
// Threads: thread-safe
// Errors:  those of File::read_at
#pragma once

#include <cstdint>
#include <optional>

#include "batpak/base/file_system.hpp"
#include "batpak/base/result.hpp"
#include "store/frame/frame.hpp"

namespace batpak::store {

struct FoundSalt {
    Salt salt{};
    Sequence first;  // of the frame by which it was found
};

// Looks at the places behind the header, up to kSaltSearchBytes of them. Nothing if no two frames
// that follow one another agree.
[[nodiscard]] Result<std::optional<FoundSalt>> find_salt(File& file, std::uint64_t file_bytes);

inline constexpr std::uint64_t kSaltSearchBytes = std::uint64_t{4} << 20;

}  // namespace batpak::store
