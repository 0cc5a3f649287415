// Identity: which projection of what a kept state is, as bytes that mean the same everywhere.
//
//     name length u8, name, version u32, layout digest 16 bytes, number of kinds u16, kinds u16
//     each 'E' and the entity, or 'R' and the canonical bytes of the region
//
// Nothing of it depends on a compiler, a library or an address. The layout is of the state's
// fields, so that a struct that has changed finds no state of its former self even under its old
// version.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "batpak/base/bytes.hpp"
#include "batpak/coordinate/event_kind.hpp"

namespace batpak::projection {

using Digest = std::array<std::byte, 16>;

// 128 bits that tell keys apart. Not for secrets: anyone who wants two keys with one digest can
// make them, which is why what is found under a digest says its whole identity.
Digest digest_of(BytesView bytes) noexcept;

// The key in a ProjectionCache: name, NUL, version in big-endian order, digest of the identity.
std::string cache_key(std::string_view identity);
// What the keys of all projections of that name begin with.
std::string cache_prefix(std::string_view name);
// Whether the identity is of a projection of that name.
bool is_named(std::string_view identity, std::string_view name) noexcept;

}  // namespace batpak::projection
