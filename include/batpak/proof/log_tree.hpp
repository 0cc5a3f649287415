// LogTree: the tree over the events of a store, grown when a root or a proof is asked for.
//
// Nothing of it is on the path of an append. It reads each event's hash once, and keeps in memory
// the roots of tiles, which are 256 events each, and what is above them: 64 bytes for 256 events.
// A proof reads one tile of events again. keep() writes the roots of tiles to a file and load()
// reads them, so that the next LogTree reads only what is new. The file is derived: it may be
// deleted, and is ignored if it is damaged or of another log. What it says was read from the events
// once; only verify() reads all of them again.
//
// Threads: thread-compatible
// Errors:  InvalidArgument after visible_end(); Unsupported in a store without hashes; those of
//          reading
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "batpak/base/file_system.hpp"
#include "batpak/proof/tree.hpp"
#include "batpak/store/reads.hpp"

namespace batpak::proof {

// E of each of the events [from, end), as they are stored: whether they are right, verify() says.
[[nodiscard]] Result<std::vector<Hash>> event_hashes(const StoreReads& log, Sequence from,
                                                     Sequence end);

class LogTree final : public TreeNodes {
public:
    static constexpr unsigned kTileLevel = 8;
    static constexpr std::uint64_t kTileEvents = std::uint64_t{1} << kTileLevel;

    // Borrows: the store.
    explicit LogTree(const StoreReads& log);
    ~LogTree() override;

    [[nodiscard]] Result<TreeHead> head(Sequence size);
    [[nodiscard]] Result<std::vector<Hash>> inclusion(Sequence event, Sequence size);
    [[nodiscard]] Result<std::vector<Hash>> consistency(Sequence from, Sequence to);

    // Takes up what keep() wrote, if it is of this log; returns how many events it covers. A file
    // that is not there, damaged, or of another log covers none.
    [[nodiscard]] Result<Sequence> load(Directory& directory, std::string_view name);
    [[nodiscard]] Result<void> keep(Directory& directory, std::string_view name) const;
    // The events whose hashes need not be read again.
    Sequence covered() const noexcept { return Sequence(tiles().size() * kTileEvents); }

    Result<Hash> node(unsigned level, std::uint64_t index) override;

private:
    // The nodes of one tile, level by level; of the last one, as far as it goes.
    struct Tile {
        std::uint64_t number = 0;
        std::array<std::vector<Hash>, kTileLevel + 1> levels;
    };

    const std::vector<Hash>& tiles() const noexcept { return above_[0]; }
    [[nodiscard]] Result<void> grow(Sequence size);
    void add_tile(const Hash& root);
    [[nodiscard]] Result<const Tile*> tile(std::uint64_t number);
    [[nodiscard]] Result<Tile> read_tile(std::uint64_t number, std::uint64_t end) const;

    const StoreReads& log_;
    std::uint64_t size_ = 0;                // as far as it was asked for
    std::vector<std::vector<Hash>> above_;  // level 8 and up: roots of complete subtrees
    std::vector<Tile> recent_;              // what proofs were made of last
};

}  // namespace batpak::proof
