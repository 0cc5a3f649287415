// It only saves time: what does not decode is made again from the events.
//
// The layout is in docs/FORMAT.md, "Proofs": the log's id and the hash of the last event that is
// covered say whether the tiles are of this log, and up to where.
#include "store/view/tile_file.hpp"

#include <algorithm>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "batpak/base/assert.hpp"

namespace batpak::store {
namespace {

constexpr std::string_view kTileMagic = "BPKTILE1";
constexpr std::size_t kTileHeaderBytes = 72;
constexpr std::size_t kTileChecksumBytes = 4;

}  // namespace

std::uint64_t TileFile::bytes_of(std::uint64_t tiles) noexcept {
    return kTileHeaderBytes + tiles * Hash::kBytes + kTileChecksumBytes;
}

void TileFile::encode(Buffer& into) const {
    BATPAK_ASSERT(!tiles.empty());
    const std::size_t begin = into.size();
    into.append(as_bytes(kTileMagic));
    store_little_endian(into.extend(4), static_cast<std::uint32_t>(tree));
    store_little_endian(into.extend(4), std::uint32_t{0});
    into.append(log_id.view());
    store_little_endian(into.extend(8), std::uint64_t{tiles.size()});
    into.append(last_event.view());
    BATPAK_ASSERT(into.size() - begin == kTileHeaderBytes);
    for (const Hash& tile : tiles) into.append(tile.view());
    const std::uint32_t checksum = crc32(into.view().subspan(begin));
    store_little_endian(into.extend(4), checksum);
}

// The checksum says that a batpak wrote it, or one that can compute a checksum: the number of tiles
// is compared with what is there all the same (INV R6). Whether the tree and the log are those that
// were asked for, the caller compares.
std::optional<TileFile> TileFile::decode(BytesView bytes) {
    if (bytes.size() < kTileHeaderBytes + kTileChecksumBytes) return std::nullopt;
    const BytesView body = bytes.first(bytes.size() - kTileChecksumBytes);
    if (!as_text(body).starts_with(kTileMagic)) return std::nullopt;
    if (load_little_endian<std::uint32_t>(bytes.subspan(body.size())) != crc32(body))
        return std::nullopt;
    TileFile file;
    file.tree = static_cast<TreeKind>(load_little_endian<std::uint32_t>(body.subspan(8)));
    if (load_little_endian<std::uint32_t>(body.subspan(12)) != 0) return std::nullopt;
    std::ranges::copy(body.subspan(16, 16), file.log_id.bytes.begin());
    const auto count = load_little_endian<std::uint64_t>(body.subspan(32));
    std::ranges::copy(body.subspan(40, Hash::kBytes), file.last_event.bytes.begin());
    const BytesView hashes = body.subspan(kTileHeaderBytes);
    if (count == 0 || hashes.size() % Hash::kBytes != 0 || hashes.size() / Hash::kBytes != count)
        return std::nullopt;
    BATPAK_ASSERT(bytes.size() == bytes_of(count));
    file.tiles.resize(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < file.tiles.size(); ++i)
        std::ranges::copy(hashes.subspan(i * Hash::kBytes, Hash::kBytes),
                          file.tiles[i].bytes.begin());
    return file;
}

}  // namespace batpak::store
