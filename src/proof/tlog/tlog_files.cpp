// All that a checkpoint needs is written and synced before it is, and it replaces the last one in
// one step: a client that reads the checkpoint finds its tiles, also after a power cut.
//
// What lies below the size of the checkpoint that is there was written by an earlier call, which
// proved that it is of this log; a full tile of it is not made again. All else is written, whatever
// lies there: it may be of a call that was cut off.
#include "batpak/proof/tlog_files.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/replace_file.hpp"
#include "batpak/base/assert.hpp"
#include "batpak/base/bytes.hpp"
#include "batpak/proof/expect.hpp"
#include "proof/tlog/open_folders.hpp"

namespace batpak::proof {
namespace {

constexpr unsigned kLevelBits = LogTree::kTileLevel;
constexpr std::uint64_t kTileWidth = LogTree::kTileEvents;
constexpr std::uint64_t kHashBytes = Hash::kBytes;
// Of an entry in its bundle: two bytes for its length, big-endian.
constexpr std::array<std::byte, 2> kEntryLength{std::byte{0}, std::byte{kHashBytes}};
constexpr const char* kCheckpointName = "checkpoint";

// The tile of a level, or bundle, that begins at this entry of the level, as far as it goes.
struct TilePlace {
    std::string level;
    std::uint64_t number = 0;
    std::uint64_t width = 0;

    bool is_full() const noexcept { return width == kTileWidth; }
};

// The path of a tile, the file's name last.
std::vector<std::string> path_of(const TilePlace& place) {
    std::string digits = std::to_string(place.number);
    digits.insert(0, (3 - digits.size() % 3) % 3, '0');
    std::vector<std::string> path{"tile", place.level};
    for (std::size_t at = 0; at + 3 < digits.size(); at += 3)
        path.push_back("x" + digits.substr(at, 3));
    const std::string last = digits.substr(digits.size() - 3);
    if (place.is_full()) {
        path.push_back(last);
    } else {
        path.push_back(last + ".p");
        path.push_back(std::to_string(place.width));
    }
    return path;
}

// The checkpoint of an earlier call, if there was one.
Result<std::optional<Checkpoint>> read_checkpoint(Directory& into) {
    auto file = into.open_file(kCheckpointName, OpenMode::ReadOnly);
    if (!file && file.error().code() == ErrorCode::FileNotFound) return std::optional<Checkpoint>();
    if (!file) return fail(std::move(file).error());
    std::string text(Note::kBytesMax + 1, '\0');
    BATPAK_TRY(const std::size_t got, (*file)->read_at(0, std::as_writable_bytes(std::span(text))));
    text.resize(got);
    const auto note = Note::parse(text);
    const auto parsed = note ? Checkpoint::parse(note->text) : Checkpoint::parse("");
    if (!parsed) {
        return fail(Error(ErrorCode::InvalidArgument,
                          "the file is there, and is no checkpoint: give another directory")
                        .at(into.path() + "/" + kCheckpointName));
    }
    return std::optional(*parsed);
}

class TlogWriter {
public:
    TlogWriter(const StoreReads& log, LogTree& tree, Directory& into)
        : log_(log), tree_(tree), into_(into), folders_(into) {}

    Result<TlogReport> write(const SignedCheckpoint& checkpoint) {
        BATPAK_CHECK(expect_checkpoint(log_, tree_, checkpoint.checkpoint()));
        BATPAK_CHECK(take_up(checkpoint.checkpoint()));
        const std::uint64_t size = checkpoint.head().size;
        BATPAK_CHECK(write_events(size));
        for (unsigned level = 1; level * kLevelBits < 64 && size >> level * kLevelBits != 0;
             ++level) {
            BATPAK_CHECK(write_level(level, size));
        }
        BATPAK_CHECK(folders_.close());
        BATPAK_CHECK(put({kCheckpointName}, as_bytes(checkpoint.note())));
        BATPAK_CHECK(folders_.close());
        return report_;
    }

private:
    // How far the files are already, which must be an earlier size of this log: a log that its
    // readers see must neither become shorter nor another one.
    Result<void> take_up(const Checkpoint& next) {
        BATPAK_TRY(const std::optional<Checkpoint> last, read_checkpoint(into_));
        if (!last) return {};
        if (last->origin != next.origin) {
            return fail(Error(ErrorCode::InvalidArgument,
                              "the directory has the files of another log, " + last->origin +
                                  ": give each log one of its own")
                            .at(into_.path()));
        }
        if (last->head.size > next.head.size) {
            return fail(Error(ErrorCode::InvalidArgument,
                              "the directory has a checkpoint of " +
                                  std::to_string(last->head.size) + " events, and this one has " +
                                  std::to_string(next.head.size) +
                                  ": sign a newer one (batpak checkpoint)")
                            .at(into_.path()));
        }
        BATPAK_CHECK(expect_checkpoint(log_, tree_, *last));
        written_ = last->head.size;
        return {};
    }

    // The leaves, and the bundles of what they are the hashes of.
    Result<void> write_events(std::uint64_t size) {
        for (std::uint64_t first = 0; first < size; first += kTileWidth) {
            const std::uint64_t end = std::min(first + kTileWidth, size);
            const TilePlace tile{"0", first / kTileWidth, end - first};
            const TilePlace bundle{"entries", tile.number, tile.width};
            if (end <= written_) {
                BATPAK_TRY(const bool has_tile, has(tile, kHashBytes));
                BATPAK_TRY(const bool has_bundle, has(bundle, kEntryLength.size() + kHashBytes));
                if (has_tile && has_bundle) {
                    report_.files_kept += 2;
                    continue;
                }
            }
            BATPAK_TRY(const std::vector<Hash> events,
                       event_hashes(log_, Sequence(first), Sequence(end)));
            Buffer leaves;
            Buffer entries;
            for (const Hash& event : events) {
                leaves.append(leaf_hash(event).view());
                entries.append(kEntryLength);
                entries.append(event.view());
            }
            BATPAK_CHECK(put(path_of(tile), leaves.view()));
            BATPAK_CHECK(put(path_of(bundle), entries.view()));
        }
        return {};
    }

    Result<void> write_level(unsigned level, std::uint64_t size) {
        const std::uint64_t count = size >> level * kLevelBits;
        const std::uint64_t written = written_ >> level * kLevelBits;
        for (std::uint64_t first = 0; first < count; first += kTileWidth) {
            const std::uint64_t end = std::min(first + kTileWidth, count);
            const TilePlace tile{std::to_string(level), first / kTileWidth, end - first};
            if (end <= written) {
                BATPAK_TRY(const bool has_tile, has(tile, kHashBytes));
                if (has_tile) {
                    ++report_.files_kept;
                    continue;
                }
            }
            Buffer hashes;
            for (std::uint64_t index = first; index < end; ++index) {
                BATPAK_TRY(const Hash node, tree_.node(level * kLevelBits, index));
                hashes.append(node.view());
            }
            BATPAK_CHECK(put(path_of(tile), hashes.view()));
        }
        return {};
    }

    // Whether a full one is there in its length: never so for one that grows.
    Result<bool> has(const TilePlace& place, std::uint64_t entry_bytes) {
        if (!place.is_full()) return false;
        const std::vector<std::string> path = path_of(place);
        BATPAK_TRY(Directory* const folder, folders_.go_to(std::span(path).first(path.size() - 1)));
        const auto file = folder->open_file(path.back(), OpenMode::ReadOnly);
        if (!file && file.error().code() == ErrorCode::FileNotFound) return false;
        if (!file) return fail(file.error());
        BATPAK_TRY(const FileStat stat, (*file)->stat());
        return stat.size_bytes == kTileWidth * entry_bytes;
    }

    Result<void> put(const std::vector<std::string>& path, BytesView bytes) {
        BATPAK_ASSERT(!path.empty() && !bytes.empty());
        BATPAK_TRY(Directory* const folder, folders_.go_to(std::span(path).first(path.size() - 1)));
        BATPAK_CHECK(replace_file(*folder, path.back(), bytes));
        folders_.note_change();
        ++report_.files_written;
        report_.bytes_written += bytes.size();
        return {};
    }

    const StoreReads& log_;
    LogTree& tree_;
    Directory& into_;
    OpenFolders folders_;
    std::uint64_t written_ = 0;  // events that the checkpoint which is there covers
    TlogReport report_;
};

}  // namespace

Result<TlogReport> write_tlog(const StoreReads& log, LogTree& tree,
                              const SignedCheckpoint& checkpoint, Directory& into) {
    return TlogWriter(log, tree, into).write(checkpoint);
}

}  // namespace batpak::proof
