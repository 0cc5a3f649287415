// SnapshotRecord: what a snapshot says of itself, in its file SNAPSHOT (docs/FORMAT.md).
//
// It names each segment by its salt, which no other segment has, and has a hash over the whole
// file: so a restore finds a file that was changed since, and the next snapshot knows which files
// it has in common with this one.
//
// Threads: immutable value
// Errors:  parse: CorruptSnapshot, FutureFormat
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "batpak/base/hash.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/result.hpp"
#include "batpak/base/sequence.hpp"
#include "store/frame/frame.hpp"
#include "store/log/store_directory.hpp"

namespace batpak::store {

struct SnapshotRecord {
    struct Segment {
        std::uint64_t id = 0;
        std::uint64_t bytes = 0;
        Salt salt{};
        std::optional<Hash> hash;  // of the file; a batpak without BLAKE3 makes none

        friend bool operator==(const Segment&, const Segment&) = default;
    };

    LogId log_id;
    Sequence end;
    std::vector<Segment> segments;  // those with events, by id

    // Null if there is none of this id.
    const Segment* find(std::uint64_t id) const noexcept;

    std::string to_text() const;
    // Takes exactly what to_text() writes.
    [[nodiscard]] static Result<SnapshotRecord> parse(std::string_view text);

    friend bool operator==(const SnapshotRecord&, const SnapshotRecord&) = default;
};

// What a directory says of itself; nothing if it is no snapshot.
[[nodiscard]] Result<std::optional<SnapshotRecord>> read_record(StoreDirectory& directory);

}  // namespace batpak::store
