// The stored form of an event's tags: what docs/FORMAT.md gives for `batpak.tags`.
//
//     a MessagePack array of 1 to 32 tags, each of 1 to 256 bytes: str if it is UTF-8, else bin;
//     they grow, compared by bytes
//
// Threads: the functions are thread-safe
// Errors:  encode_tags(): InvalidTags
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "batpak/base/bytes.hpp"
#include "batpak/base/result.hpp"

namespace batpak {

// Appends the list of both, or nothing if there are none. Each is in any order and has no tag
// twice; what both have is stored once. `given` is what the caller of an append names, `own` what
// the type of the payload says.
[[nodiscard]] Result<void> encode_tags(Buffer& out, std::span<const std::string> given,
                                       std::span<const std::string> own);

// Why this is no list that encode_tags() could have written; nothing if it is one.
std::optional<std::string_view> fault_of_tags(BytesView stored);

}  // namespace batpak
