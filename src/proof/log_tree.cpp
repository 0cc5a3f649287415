// In memory are the roots of complete tiles of 256 leaves and everything above them. What is inside
// a tile is made of its events again when it is asked for, and a few tiles are remembered.
//
// What is kept in a file is derived, and is believed only after the event that it ends with was
// found in the log.
#include "batpak/proof/log_tree.hpp"

#include <algorithm>

#include "batpak/base/assert.hpp"
#include "batpak/base/bytes.hpp"
#include "store/view/tile_file.hpp"

namespace batpak::proof {
namespace {

constexpr std::size_t kRecentTiles = 64;  // 1 MiB of nodes

// Each level is made of the complete pairs of the one below.
std::vector<Hash> level_above(const std::vector<Hash>& below) {
    std::vector<Hash> level(below.size() / 2);
    for (std::size_t i = 0; i < level.size(); ++i)
        level[i] = node_hash(below[2 * i], below[2 * i + 1]);
    return level;
}

// Nothing if it is longer than a file of this log can be.
Result<Buffer> read_whole(File& file, std::uint64_t bytes_max) {
    BATPAK_TRY(const FileStat stat, file.stat());
    if (stat.size_bytes > bytes_max) return Buffer();
    Buffer content;
    const MutableBytesView into = content.extend(static_cast<std::size_t>(stat.size_bytes));
    BATPAK_TRY(const std::size_t got, file.read_at(0, into));
    content.truncate(got);
    return content;
}

}  // namespace

LogTree::LogTree(const StoreReads& log) : log_(log), above_(1) {}
LogTree::~LogTree() = default;

Result<TreeHead> LogTree::head(Sequence size) {
    BATPAK_CHECK(grow(size));
    BATPAK_TRY(const Hash root, tree_root(*this, size.value));
    return TreeHead{size.value, root};
}

Result<std::vector<Hash>> LogTree::inclusion(Sequence event, Sequence size) {
    if (event >= size) {
        return fail(Error(ErrorCode::InvalidArgument, "the event is not below that size")
                        .at_sequence(event));
    }
    BATPAK_CHECK(grow(size));
    return prove_inclusion(*this, event.value, size.value);
}

Result<std::vector<Hash>> LogTree::consistency(Sequence from, Sequence to) {
    if (from > to) {
        return fail(
            Error(ErrorCode::InvalidArgument, "the smaller size comes first").at_sequence(from));
    }
    BATPAK_CHECK(grow(to));
    return prove_consistency(*this, from.value, to.value);
}

// Each tile is read once, in order: the first head of a long log costs a pass over it.
Result<void> LogTree::grow(Sequence size) {
    if (size > log_.visible_end()) {
        return fail(
            Error(ErrorCode::InvalidArgument, "the store has fewer events").at_sequence(size));
    }
    while (tiles().size() < size.value / kTileEvents) {
        const std::uint64_t number = tiles().size();
        BATPAK_TRY(const Tile tile, read_tile(number, (number + 1) * kTileEvents));
        add_tile(tile.levels[kTileLevel].front());
    }
    size_ = std::max(size_, size.value);
    return {};
}

// As a carry in a binary counter: each level that has become even gives a node to the one above.
void LogTree::add_tile(const Hash& root) {
    above_[0].push_back(root);
    for (std::size_t level = 0; above_[level].size() % 2 == 0; ++level) {
        if (level + 1 == above_.size()) above_.emplace_back();
        const std::vector<Hash>& below = above_[level];
        above_[level + 1].push_back(node_hash(below[below.size() - 2], below.back()));
    }
}

Result<Hash> LogTree::node(unsigned level, std::uint64_t index) {
    if (level >= kTileLevel) {
        BATPAK_ASSERT(level - kTileLevel < above_.size());
        BATPAK_ASSERT(index < above_[level - kTileLevel].size());
        return above_[level - kTileLevel][static_cast<std::size_t>(index)];
    }
    const unsigned below_tile = kTileLevel - level;
    BATPAK_TRY(const Tile* const found, tile(index >> below_tile));
    const auto in_tile = static_cast<std::size_t>(index & ((std::uint64_t{1} << below_tile) - 1));
    BATPAK_ASSERT(in_tile < found->levels[level].size());
    return found->levels[level][in_tile];
}

Result<const LogTree::Tile*> LogTree::tile(std::uint64_t number) {
    const std::uint64_t end = std::min((number + 1) * kTileEvents, size_);
    const auto is_it = [&](const Tile& tile) {
        return tile.number == number && tile.levels[0].size() >= end - number * kTileEvents;
    };
    const auto found = std::ranges::find_if(recent_, is_it);
    if (found != recent_.end()) {
        std::rotate(recent_.begin(), found, found + 1);  // the latest first
        return &recent_.front();
    }
    BATPAK_TRY(Tile tile, read_tile(number, end));
    std::erase_if(recent_, [&](const Tile& old) { return old.number == number; });
    if (recent_.size() == kRecentTiles) recent_.pop_back();
    recent_.insert(recent_.begin(), std::move(tile));
    return &recent_.front();
}

Result<std::vector<Hash>> event_hashes(const StoreReads& log, Sequence from, Sequence end) {
    BATPAK_CHECK(log.root(Sequence(0)));  // that there are hashes
    const Error fewer =
        Error(ErrorCode::InvalidArgument, "the store has fewer events").at_sequence(end);
    if (from > end || end > log.visible_end()) return fail(fewer);
    std::vector<Hash> hashes;
    hashes.reserve(static_cast<std::size_t>(end.value - from.value));
    for (const auto& event : log.query(Region::all(), {.from = from, .end = end})) {
        if (!event) return fail(event.error());
        hashes.push_back(event->hash);
    }
    if (hashes.size() != end.value - from.value) return fail(fewer);  // taken back by its writer
    return hashes;
}

Result<LogTree::Tile> LogTree::read_tile(std::uint64_t number, std::uint64_t end) const {
    BATPAK_ASSERT(number * kTileEvents < end && end <= (number + 1) * kTileEvents);
    BATPAK_TRY(const std::vector<Hash> hashes,
               event_hashes(log_, Sequence(number * kTileEvents), Sequence(end)));
    Tile tile{.number = number, .levels = {}};
    for (const Hash& hash : hashes) tile.levels[0].push_back(leaf_hash(hash));
    for (unsigned level = 1; level <= kTileLevel; ++level)
        tile.levels[level] = level_above(tile.levels[level - 1]);
    return tile;
}

// Whatever is wrong with the file, it counts for nothing and the log is read: only a file that
// cannot be read at all is an error.
Result<Sequence> LogTree::load(Directory& directory, std::string_view name) {
    const auto file = directory.open_file(name, OpenMode::ReadOnly);
    if (!file && file.error().code() == ErrorCode::FileNotFound) return Sequence(0);
    if (!file) return fail(file.error());
    const std::uint64_t tiles_max = log_.visible_end().value / kTileEvents;
    BATPAK_TRY(const Buffer content, read_whole(**file, store::TileFile::bytes_of(tiles_max)));
    const std::optional<store::TileFile> kept = store::TileFile::decode(content.view());
    if (!kept || kept->tree != store::TreeKind::Sha256 || kept->log_id != log_.log_id())
        return Sequence(0);
    const Sequence end(kept->tiles.size() * kTileEvents);
    if (end > log_.visible_end() || end <= covered()) return Sequence(0);
    BATPAK_TRY(const std::vector<Hash> last, event_hashes(log_, Sequence(end.value - 1), end));
    if (last.front() != kept->last_event) return Sequence(0);
    above_.assign(1, {});
    for (const Hash& root : kept->tiles) add_tile(root);
    return end;
}

// Not synced: a power cut costs the time that it saves.
Result<void> LogTree::keep(Directory& directory, std::string_view name) const {
    if (tiles().empty()) return {};
    store::TileFile kept{.log_id = log_.log_id()};
    BATPAK_TRY(const std::vector<Hash> last,
               event_hashes(log_, Sequence(covered().value - 1), covered()));
    kept.last_event = last.front();
    kept.tiles = tiles();
    Buffer bytes;
    kept.encode(bytes);
    const std::string temporary = std::string(name) + ".tmp";
    auto removed = directory.remove(temporary);
    if (!removed && removed.error().code() != ErrorCode::FileNotFound) return removed;
    BATPAK_TRY(const std::unique_ptr<File> file,
               directory.open_file(temporary, OpenMode::CreateNew));
    BATPAK_CHECK(file->write_at(0, bytes.view()));
    return directory.rename(temporary, name);
}

}  // namespace batpak::proof
