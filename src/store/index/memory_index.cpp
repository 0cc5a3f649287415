// An event is added in two steps, because what was written to the log must also be shown (INV W8):
//
//     reserve    before the write: all memory, and the nodes of its keys; it may fail
//     add        after it: numbers into the room, the count last; it cannot fail
//
// Between the two a reader may meet a node with an empty list. Nothing that it can hold is moved or
// freed (INV I2), and what it may look at is what the count that was published covers (INV I1).
#include "store/index/memory_index.hpp"

#include <type_traits>

#include "store/index/event_keys.hpp"

namespace batpak::store {

namespace {

// By its id an EntityMark knows which index it is of. An address would not do: a later index may
// have it.
std::atomic<std::uint64_t> last_index_id{0};

}  // namespace

MemoryIndex::MemoryIndex(Sequence first, const KeyHash& key_hash)
    : id_(last_index_id.fetch_add(1, std::memory_order_relaxed) + 1),
      first_(first),
      key_hash_(key_hash) {
    for (auto& axis : axes_) axis = std::make_unique<Axes>(arena_, key_hash_);
}

template <class ForEachKey>
MemoryIndex::Room MemoryIndex::reserve_keys(EntityMark* mark, const ForEachKey& for_each_key) {
    const std::uint32_t ordinal = count_.load(std::memory_order_relaxed) + reserved_;
    BATPAK_ASSERT(ordinal < UINT32_MAX);
    offsets_.reserve(ordinal);
    id_orders_.reserve(ordinal);
    Room room;
    room.ordinal_ = ordinal;
    room.tags_begin_ = room.tags_end_ = static_cast<std::uint32_t>(tag_nodes_.size());
    ++reserved_;
    try {
        for_each_key([&](Axis axis, const auto& key) {
            if constexpr (std::is_same_v<decltype(key), const HashedTag&>) {
                reserve_tag(key, room);
            } else if (axis == Axis::Entity) {
                reserve_one(axis, entity_of(key, mark), room);
            } else if (axis == Axis::Tag) {
                reserve_tag(hashed(key), room);
            } else {
                reserve_one(axis, node_of(axis, key), room);
            }
        });
    } catch (...) {
        release(room);
        throw;
    }
    return room;
}

MemoryIndex::Room MemoryIndex::reserve(const EventFields& fields, std::string_view idempotency_key,
                                       EntityMark* mark) {
    return reserve_keys(mark,
                        [&](const auto& visit) { for_each_key(fields, idempotency_key, visit); });
}

MemoryIndex::Room MemoryIndex::reserve(const EventFields& fields, std::string_view idempotency_key,
                                       EntityMark* mark, bool notes_kind,
                                       std::span<const HashedTag> tags) {
    return reserve_keys(mark, [&](const auto& visit) {
        for_each_key(fields, idempotency_key, notes_kind, tags, visit);
    });
}

// An ordinal must not stand twice in a list of postings: a TagsView gives no tag twice, whatever it
// is made of.
void MemoryIndex::reserve_tag(const HashedTag& tag, Room& room) {
    auto& tags = *axes_[static_cast<std::size_t>(Axis::Tag)];
    Axes::Node& node = *tags.find_or_add(tag.name, tag.hash).node;
    tag_nodes_.push_back(&node);
    PostingList& list = node.record.postings;
    list.reserve_one(arena_);
    room.tags_end_ = static_cast<std::uint32_t>(tag_nodes_.size());
    // The ordinal goes there after the write, which takes longer than this.
    __builtin_prefetch(list.view().data() + list.view().size(), 1);
}

void MemoryIndex::reserve_one(Axis axis, Axes::Node& node, Room& room) {
    BATPAK_ASSERT(room.nodes_[static_cast<std::size_t>(axis)] == nullptr);  // one key on each axis
    node.record.postings.reserve_one(arena_);
    room.nodes_[static_cast<std::size_t>(axis)] = &node;
}

void MemoryIndex::release(const Room& room) noexcept {
    BATPAK_ASSERT(reserved_ > 0);
    BATPAK_ASSERT(room.ordinal_ >= count_.load(std::memory_order_relaxed));  // it was not added
    for (Axes::Node* const node : room.nodes_) {
        if (node != nullptr) node->record.postings.release_one();
    }
    for (Axes::Node* const node : tags_of(room)) node->record.postings.release_one();
    end_room();
}

// Rooms are used in the order in which they were made, so their tags go when the last one does.
void MemoryIndex::end_room() noexcept {
    BATPAK_ASSERT(reserved_ > 0);
    if (--reserved_ == 0) tag_nodes_.clear();
}

void MemoryIndex::add(std::uint32_t frame_offset, const EventId& event_id, Version version,
                      const Room& room) noexcept {
    const std::uint32_t ordinal = count_.load(std::memory_order_relaxed);
    BATPAK_ASSERT(reserved_ > 0);
    BATPAK_ASSERT(room.ordinal_ == ordinal);  // in the order in which rooms were reserved
    offsets_.set(ordinal, frame_offset);
    id_orders_.set(ordinal, id_order(event_id));
    // A reader that meets a new node before its first posting sees an empty list.
    BATPAK_ASSERT(room.nodes_[static_cast<std::size_t>(Axis::Entity)] != nullptr);
    Record& entity = room.nodes_[static_cast<std::size_t>(Axis::Entity)]->record;
    if (entity.postings.view().empty()) entity.first_version = version;
    for (Axes::Node* const node : room.nodes_) {
        if (node != nullptr) node->record.postings.push_back(ordinal);
    }
    for (Axes::Node* const node : tags_of(room)) node->record.postings.push_back(ordinal);
    end_room();
    count_.store(ordinal + 1, std::memory_order_release);
}

void MemoryIndex::add_unknown(std::uint32_t frame_offset, std::uint64_t id_order) {
    const std::uint32_t ordinal = count_.load(std::memory_order_relaxed);
    BATPAK_ASSERT(ordinal < UINT32_MAX && reserved_ == 0);
    offsets_.reserve(ordinal);
    id_orders_.reserve(ordinal);
    offsets_.set(ordinal, frame_offset);
    id_orders_.set(ordinal, id_order);
    count_.store(ordinal + 1, std::memory_order_release);
}

MemoryIndex::Axes::Node& MemoryIndex::entity_of(std::string_view entity, EntityMark* mark) {
    if (mark != nullptr && mark->index_ == id_) return *static_cast<Axes::Node*>(mark->node_);
    auto& entities = *axes_[static_cast<std::size_t>(Axis::Entity)];
    Axes::Node* const node = entities.find_or_add(entity).node;
    if (mark != nullptr) {
        mark->index_ = id_;
        mark->node_ = node;
    }
    return *node;
}

// A hint to the processor. A mark of another index is of no use, and is passed over.
void MemoryIndex::prefetch_entity(const EntityMark& mark) const noexcept {
    if (mark.index_ == id_) __builtin_prefetch(&static_cast<Axes::Node*>(mark.node_)->record, 1);
}

void MemoryIndex::prefetch_list_end(const EntityMark& mark) const noexcept {
    if (mark.index_ != id_) return;
    const auto list = static_cast<Axes::Node*>(mark.node_)->record.postings.view();
    __builtin_prefetch(list.data() + list.size(), 1);
}

std::optional<KeyEntry> MemoryIndex::find(Axis axis, std::string_view key) const {
    const Axes::Node* const node = axis_of(axis).find(key);
    if (node == nullptr) return std::nullopt;
    const auto ordinals = node->record.postings.view();
    if (ordinals.empty()) return std::nullopt;
    return KeyEntry{Postings(ordinals), node->record.first_version};
}

void MemoryIndex::keys(Axis axis, std::string_view prefix,
                       const std::function<bool(std::string_view key)>& visit) const {
    bool go_on = true;
    axis_of(axis).for_each([&](const Axes::Node& node) {
        // A key whose events were never written has none.
        const bool is_used = !node.record.postings.view().empty();
        if (go_on && is_used && node.key.starts_with(prefix)) go_on = visit(node.key);
    });
}

std::size_t MemoryIndex::memory_bytes() const noexcept {
    const std::size_t entries = end().value - first_.value;
    return arena_.allocated_bytes() + entries * (sizeof(std::uint32_t) + sizeof(std::uint64_t));
}

}  // namespace batpak::store
