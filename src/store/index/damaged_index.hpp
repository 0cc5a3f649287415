// DamagedIndex: the index of a run in which events are damaged, made from the frames that are left.
//
// How many events are missing between two frames their sequences say; of a missing one only that
// is known, and where the damage starts. It has its ordinal, so that reading it is an error in its
// place, and it is in no posting list: who selects by a key must ask what the missing ones may be
// (EventReader::lost_of). Such an index is never written to a file: a segment that is restored is
// indexed again.
//
// Threads: one writer (add, add_damaged); once it is made, any number of readers
// Errors:  none; memory that runs out throws std::bad_alloc
#pragma once

#include <algorithm>
#include <vector>

#include "batpak/base/assert.hpp"
#include "store/index/memory_index.hpp"

namespace batpak::store {

class DamagedIndex final : public Index {
public:
    DamagedIndex(Sequence first, const KeyHash& key_hash) : inner_(first, key_hash) {}

    // Writer only. Each takes the next ordinals.
    void add(const IndexedEvent& event);
    void add_damaged(std::uint32_t offset, std::uint64_t count);

    // The ordinals of the events that are damaged, ascending.
    std::span<const std::uint32_t> damaged() const noexcept { return damaged_; }
    bool is_damaged(std::uint32_t ordinal) const noexcept {
        return std::ranges::binary_search(damaged_, ordinal);
    }
    // Of an event that is not damaged.
    Version version_at(std::uint32_t ordinal) const noexcept {
        BATPAK_ASSERT(ordinal < versions_.size());
        return versions_[ordinal];
    }
    // The front half of the first id that is known; nothing if all events are damaged.
    std::optional<std::uint64_t> first_id_order() const noexcept;

    Sequence first() const noexcept override { return inner_.first(); }
    Sequence end() const noexcept override { return inner_.end(); }
    std::uint32_t frame_offset(std::uint32_t ordinal) const noexcept override {
        return inner_.frame_offset(ordinal);
    }
    std::uint64_t id_order_at(std::uint32_t ordinal) const noexcept override {
        return inner_.id_order_at(ordinal);
    }
    // If no event has the id that is known to, a damaged one that may have it.
    std::optional<std::uint32_t> find_id(std::uint64_t order,
                                         std::uint32_t count) const noexcept override;
    std::optional<KeyEntry> find(Axis axis, std::string_view key) const override {
        return inner_.find(axis, key);
    }
    void keys(Axis axis, std::string_view prefix,
              const std::function<bool(std::string_view key)>& visit) const override {
        inner_.keys(axis, prefix, visit);
    }
    std::size_t memory_bytes() const noexcept override { return inner_.memory_bytes(); }
    const DamagedIndex* damage() const noexcept override { return this; }

private:
    MemoryIndex inner_;
    std::vector<std::uint32_t> damaged_;
    std::vector<Version> versions_;
    std::uint64_t last_id_order_ = 0;
};

}  // namespace batpak::store
