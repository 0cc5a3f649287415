// MemoryIndex: the index of the events that are being appended.
//
// The leader of the commit queue adds; readers look at the same time, without a lock, at the
// events that were published (INV I1, I2). Nothing is ever changed or moved
// that a reader may hold: arrays grow by chunks or by copies, and all memory comes from one arena
// that lives as long as the index.
//
// Threads: one writer (add), any number of readers
// Errors:  none; memory that runs out throws std::bad_alloc
#pragma once

#include <array>
#include <bit>
#include <memory>
#include <span>
#include <vector>

#include "base/hash/key_hash.hpp"
#include "batpak/base/assert.hpp"
#include "batpak/event/hash_chain.hpp"
#include "store/index/arena.hpp"
#include "store/index/dictionary.hpp"
#include "store/index/index.hpp"

namespace batpak::store {

// An array that grows without moving: chunk k holds 1024 * 2^k elements.
template <class T>
class ChunkedArray {
public:
    // Writer only. Makes room for the element, so that set() cannot fail.
    void reserve(std::uint32_t index) {
        auto& chunk = chunks_[place_of(index).chunk];
        if (!chunk) {
            chunk = std::make_unique_for_overwrite<T[]>(kFirstChunk << place_of(index).chunk);
        }
    }
    // Writer only. Requires: reserve() of the index.
    void set(std::uint32_t index, T value) noexcept {
        const Place place = place_of(index);
        BATPAK_ASSERT(chunks_[place.chunk] != nullptr);
        chunks_[place.chunk][place.inside] = value;
    }
    T at(std::uint32_t index) const noexcept {
        const Place place = place_of(index);
        return chunks_[place.chunk][place.inside];
    }

private:
    static constexpr std::size_t kFirstChunk = 1024;
    static constexpr int kFirstChunkBits = 10;

    struct Place {
        std::size_t chunk;
        std::size_t inside;
    };
    static Place place_of(std::uint32_t index) noexcept {
        const std::uint64_t shifted = std::uint64_t{index} + kFirstChunk;
        const auto chunk = static_cast<std::size_t>(std::bit_width(shifted) - 1 - kFirstChunkBits);
        return {chunk, static_cast<std::size_t>(shifted - (kFirstChunk << chunk))};
    }

    std::array<std::unique_ptr<T[]>, 23> chunks_;  // enough for 2^32 elements
};

// Where an index keeps an entity. The committer keeps it with the entity, so that the next event
// need not look it up. An empty one, or one of another index, is filled by add().
class EntityMark {
    friend class MemoryIndex;
    std::uint64_t index_ = 0;
    void* node_ = nullptr;
};

// One event as it was found in the log. Borrows: as its fields do.
struct IndexedEvent {
    EventFields fields{};
    std::uint32_t frame_offset = 0;
    EventId event_id{};
    Version version{};
    std::string_view idempotency_key{};  // empty if none
};

class MemoryIndex final : public Index {
    struct Record {
        Version first_version;
        PostingList postings;
    };
    using Axes = Dictionary<Record>;
    static constexpr std::size_t kOneKeyAxes = static_cast<std::size_t>(Axis::Tag);
    static_assert(kOneKeyAxes + 1 == kAxisCount);

public:
    MemoryIndex(Sequence first, const KeyHash& key_hash);

    // Where one event goes, with memory for it: so that what is in the log can also be in the
    // index. Used once, by add() or by release(), in the order in which they were reserved.
    class Room {
        friend class MemoryIndex;
        std::array<Axes::Node*, kOneKeyAxes> nodes_{};  // null where the event has no key
        std::uint32_t ordinal_ = 0;
        std::uint32_t tags_begin_ = 0;  // in tag_nodes_
        std::uint32_t tags_end_ = 0;
    };

    // A tag with its hash, as hashed() makes it. Borrows: the name.
    struct HashedTag {
        std::string_view name;
        std::uint64_t hash = 0;
    };
    HashedTag hashed(std::string_view tag) const noexcept { return {tag, key_hash_(tag)}; }

    // Writer only. Readers see nothing of it. After std::bad_alloc nothing is reserved.
    // `idempotency_key`: empty if none. `mark`: of the entity, null if the caller keeps none. Tags
    // and the note of its kind are in the metadata.
    [[nodiscard]] Room reserve(const EventFields& fields, std::string_view idempotency_key,
                               EntityMark* mark);
    // The same where it is known what the metadata have. Requires: they have this, and each tag
    // once (not checked: reading them is what is spared).
    [[nodiscard]] Room reserve(const EventFields& fields, std::string_view idempotency_key,
                               EntityMark* mark, bool notes_kind, std::span<const HashedTag> tags);
    // Writer only. The event will not come.
    void release(const Room& room) noexcept;
    // Writer only. The event gets the next ordinal; readers may meet it from the moment its
    // sequence is published.
    void add(std::uint32_t frame_offset, const EventId& event_id, Version version,
             const Room& room) noexcept;
    void add(const IndexedEvent& event) {
        add(event.frame_offset, event.event_id, event.version,
            reserve(event.fields, event.idempotency_key, nullptr));
    }
    // Writer only. The same for an event of which only the place is known.
    void add_unknown(std::uint32_t frame_offset, std::uint64_t id_order);
    // Writer only. Bring near what add() of an event with this mark will write: the first call its
    // entity, the second, a while later, the end of its list.
    void prefetch_entity(const EntityMark& mark) const noexcept;
    void prefetch_list_end(const EntityMark& mark) const noexcept;
    // Writer only. The same of what reserve() looks at for a tag: the first call the place of its
    // list, the second, a while later, the list.
    void prefetch_place(const HashedTag& tag) const noexcept {
        axis_of(Axis::Tag).prefetch_place(tag.hash);
    }
    void prefetch_list(const HashedTag& tag) const noexcept {
        axis_of(Axis::Tag).prefetch_node(tag.hash);
    }

    Sequence first() const noexcept override { return first_; }
    Sequence end() const noexcept override {
        return first_.plus(count_.load(std::memory_order_acquire));
    }
    std::uint32_t frame_offset(std::uint32_t ordinal) const noexcept override {
        return offsets_.at(ordinal);
    }
    std::uint64_t id_order_at(std::uint32_t ordinal) const noexcept override {
        return id_orders_.at(ordinal);
    }
    std::optional<std::uint32_t> find_id(std::uint64_t order,
                                         std::uint32_t count) const noexcept override {
        BATPAK_ASSERT(count <= count_.load(std::memory_order_relaxed));
        std::uint32_t low = 0;
        std::uint32_t high = count;
        while (low < high) {
            const std::uint32_t middle = low + (high - low) / 2;
            if (id_order_at(middle) < order) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (low == count || id_order_at(low) != order) return std::nullopt;
        return low;
    }
    std::optional<KeyEntry> find(Axis axis, std::string_view key) const override;
    void keys(Axis axis, std::string_view prefix,
              const std::function<bool(std::string_view key)>& visit) const override;
    std::size_t memory_bytes() const noexcept override;

private:
    // Reserves what `for_each_key`(visit) visits.
    template <class ForEachKey>
    Room reserve_keys(EntityMark* mark, const ForEachKey& for_each_key);
    void reserve_one(Axis axis, Axes::Node& node, Room& room);
    void reserve_tag(const HashedTag& tag, Room& room);
    std::span<Axes::Node* const> tags_of(const Room& room) const noexcept {
        return std::span(tag_nodes_).subspan(room.tags_begin_, room.tags_end_ - room.tags_begin_);
    }
    void end_room() noexcept;
    Axes::Node& node_of(Axis axis, std::string_view key) {
        return *axes_[static_cast<std::size_t>(axis)]->find_or_add(key).node;
    }
    Axes::Node& entity_of(std::string_view entity, EntityMark* mark);
    const Axes& axis_of(Axis axis) const { return *axes_[static_cast<std::size_t>(axis)]; }

    const std::uint64_t id_;  // no other index of this process has it
    const Sequence first_;
    const KeyHash key_hash_;
    Arena arena_;
    std::array<std::unique_ptr<Axes>, kAxisCount> axes_;
    ChunkedArray<std::uint32_t> offsets_;
    ChunkedArray<std::uint64_t> id_orders_;
    std::uint32_t reserved_ = 0;          // writer only: events with room that are not added yet
    std::vector<Axes::Node*> tag_nodes_;  // writer only: of the rooms; none if no room is left
    std::atomic<std::uint32_t> count_{0};
};

}  // namespace batpak::store
