// TileFile: the roots of the complete tiles of a tree, as derived bytes in a file.
//
//     "BPKTILE1" | u32 tree | u32 0 | log id 16 | u64 tiles | E of the last event covered, 32
//                | tiles * 32 bytes | CRC32 of all before
//
// It is bound to its log by the id and by the last event that it covers, as an index part is.
//
// Threads: immutable value
// Errors:  none; bytes that are no such file of this log are an empty optional
#pragma once

#include <optional>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/base/hash.hpp"
#include "batpak/base/id.hpp"

namespace batpak::store {

inline constexpr std::uint64_t kTileEvents = 256;

// Which tree; another number is of a tree that this batpak does not know.
enum class TreeKind : std::uint32_t { Sha256 = 2 };

struct TileFile {
    TreeKind tree = TreeKind::Sha256;
    LogId log_id{};
    Hash last_event{};
    std::vector<Hash> tiles{};

    // How long the file of so many tiles is.
    static std::uint64_t bytes_of(std::uint64_t tiles) noexcept;
    // Requires: there is a tile.
    void encode(Buffer& into) const;
    static std::optional<TileFile> decode(BytesView bytes);
};

}  // namespace batpak::store
