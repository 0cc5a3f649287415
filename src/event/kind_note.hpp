// The stored form of a KindNote: what docs/FORMAT.md gives for `batpak.kind`.
//
//     a MessagePack array of two: the name, and the shape or nil
//
// Threads: the functions are thread-safe
// Errors:  check_kind_name(): InvalidArgument
#pragma once

#include <optional>
#include <string_view>

#include "batpak/base/bytes.hpp"
#include "batpak/base/result.hpp"
#include "batpak/event/detail/limits.hpp"
#include "batpak/event/detail/payload_type.hpp"

namespace batpak {

// What metadata grows by with a note, besides the note: the key, and a longer head of the map.
inline constexpr std::size_t kKindEntryHeadBytesMax = 16;

// Whether a kind may be called so: 1 to 256 bytes of UTF-8 without control characters.
[[nodiscard]] Result<void> check_kind_name(std::string_view name);
// Whether a shape can be stored.
bool is_kind_shape(std::string_view shape) noexcept;

// Requires: the name is good; so is the shape, or it is empty.
Bytes encode_kind_note(const KindNote& note);
// What an entry of the metadata says; nothing if encode_kind_note() cannot have written it.
std::optional<KindNote> decode_kind_note(BytesView stored);

// Whether both are names of one kind: the same, but for what compilers spell each in its own way.
bool same_kind_name(std::string_view a, std::string_view b) noexcept;

}  // namespace batpak
