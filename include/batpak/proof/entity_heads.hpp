// EntityHeads: the latest event of each entity of a store, and what the log itself says of them.
//
// record_heads() puts the root over all heads into the log, as an event of batpak's own: what a
// checkpoint signs after that vouches for it. Nothing of this is on the path of an append: heads
// are read from the events when a record or a proof is asked for, each event once. A record says
// what its writer computed. check_heads(), which reads all events, finds one that says otherwise.
//
// Threads: thread-compatible
// Errors:  InvalidArgument after visible_end(); Unsupported in a store without hashes; those of
//          reading
#pragma once

#include <optional>
#include <string_view>

#include "batpak/proof/head_map.hpp"
#include "batpak/store/store.hpp"

namespace batpak::proof {

class EntityHeads {
public:
    // Borrows: the store.
    explicit EntityHeads(const StoreReads& log) : log_(log) {}

    // Of all events below `size`. Each event is read once, as long as sizes grow; a size that is
    // smaller than the one before begins with the first event again.
    [[nodiscard]] Result<Hash> root(Sequence size);
    [[nodiscard]] Result<HeadPath> path(std::string_view entity, Sequence size);

    // Of the size that was asked for last: how many entities have events.
    std::uint64_t entities() const noexcept { return map_.entities(); }
    // What all of it has cost, in hashes of the map.
    std::uint64_t hashes_computed() const noexcept { return map_.hashes_computed(); }

private:
    [[nodiscard]] Result<void> go_to(Sequence size);
    void forget() noexcept;

    const StoreReads& log_;
    Sequence size_{};
    Hash last_{};  // of the last event below size_
    HeadMap map_;
};

// What the log says of its heads.
struct HeadsRecord {
    Sequence sequence{};  // of the record
    Sequence size{};      // it covers the events below, which come before it
    Hash root{};
    std::uint64_t entities = 0;
    friend bool operator==(const HeadsRecord&, const HeadsRecord&) = default;
};

// Appends a record of the heads of all events that there are, durably. If nothing came after the
// last record, that one is the answer, and nothing is appended. `heads`: of `store`. Errors: of
// appending; CorruptHash if the last record is not of the events before it.
[[nodiscard]] Result<HeadsRecord> record_heads(Store& store, EntityHeads& heads);

// The last record that lies below `before`; nothing if there is none.
[[nodiscard]] Result<std::optional<HeadsRecord>> find_heads(const StoreReads& log, Sequence before);

// Compares a record with the events before it. Errors: CorruptHash, with its sequence, if it is not
// of them.
[[nodiscard]] Result<void> check_heads(EntityHeads& heads, const HeadsRecord& record);
// Compares every record with the events before it: how many were compared. Left out is what a
// salvage carried over from before events that it found lost. Reads all events up to the last
// record. Errors: CorruptHash, with the sequence of a record that is not of them.
[[nodiscard]] Result<std::uint64_t> check_heads(const StoreReads& log);

}  // namespace batpak::proof
