// Dictionary: a hash table from byte keys to records, for one writer and any number of readers.
//
// Records are only ever added. A reader takes no lock: it sees each record that was added before
// the writer published whatever made the reader look (INV I2), and maybe later
// ones. When the table grows, the writer builds a larger one beside it and swaps a pointer; the
// smaller one stays until the Dictionary dies, which at most doubles the table's memory.
//
// Keys come from users, so the hash is keyed with secrets of the process: nobody can prepare names
// that all fall into one bucket.
//
// Threads: one writer (find_or_add), any number of readers (find, for_each, prefetch_*)
// Errors:  none; memory that runs out throws std::bad_alloc and changes nothing
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/hash/key_hash.hpp"
#include "batpak/base/assert.hpp"
#include "store/index/arena.hpp"

namespace batpak::store {

template <class Record>
class Dictionary {
public:
    struct Node {
        std::string_view key;
        std::uint64_t hash = 0;
        Node* older = nullptr;  // the node that was added before this one
        Record record;
    };

    // Borrows: the arena, for the life of the dictionary.
    Dictionary(Arena& arena, const KeyHash& key_hash) : arena_(arena), key_hash_(key_hash) {
        table_.store(make_table(kFirstSlots), std::memory_order_relaxed);
    }
    Dictionary(const Dictionary&) = delete;
    Dictionary& operator=(const Dictionary&) = delete;

    // Null if there is none.
    const Node* find(std::string_view key) const { return find_in_table(key, key_hash_(key)); }

    // Bring near what find() of a key with this hash will look at: the first call where its node
    // is, the second, a while later, the node.
    void prefetch_place(std::uint64_t hash) const noexcept {
        const Table* const table = table_.load(std::memory_order_acquire);
        __builtin_prefetch(&table->slots[hash & (table->slot_count - 1)]);
    }
    void prefetch_node(std::uint64_t hash) const noexcept {
        const Table* const table = table_.load(std::memory_order_acquire);
        const std::atomic<Node*>& slot = table->slots[hash & (table->slot_count - 1)];
        const Node* const node = slot.load(std::memory_order_relaxed);
        if (node == nullptr) return;
        // Its key lies after it.
        const auto* const bytes = reinterpret_cast<const std::byte*>(node);
        for (std::size_t line = 0; line <= sizeof(Node); line += kCacheLineBytes)
            __builtin_prefetch(bytes + line);
    }

    struct Added {
        Node* node;
        bool is_new;
    };

    // Writer only. The key is copied.
    Added find_or_add(std::string_view key) { return find_or_add(key, key_hash_(key)); }
    // `hash`: what the dictionary's KeyHash makes of the key.
    Added find_or_add(std::string_view key, std::uint64_t hash) {
        if (Node* const node = find_in_table(key, hash)) return {node, false};
        Table* table = table_.load(std::memory_order_relaxed);
        if ((count_ + 1) * 2 > table->slot_count) table = grow(*table);
        // So that each search meets an empty slot, and ends.
        BATPAK_ASSERT((count_ + 1) * 2 <= table->slot_count);
        Node* const node = arena_.create<Node>();
        node->key = arena_.copy(key);
        node->hash = hash;
        node->older = newest_.load(std::memory_order_relaxed);
        free_slot(*table, hash).store(node, std::memory_order_release);
        newest_.store(node, std::memory_order_release);
        ++count_;
        return {node, true};
    }

    // Calls visit(node) for each record, newest first.
    template <class Visit>
    void for_each(Visit&& visit) const {
        for (Node* node = newest_.load(std::memory_order_acquire); node != nullptr;
             node = node->older) {
            visit(*node);
        }
    }

    // Writer only.
    std::size_t size() const noexcept { return count_; }

private:
    static constexpr std::size_t kFirstSlots = 64;
    static constexpr std::size_t kCacheLineBytes = 64;

    using Slot = std::atomic<Node*>;
    struct Table {
        std::size_t slot_count;  // a power of two
        Slot* slots;
    };

    Table* make_table(std::size_t slot_count) {
        BATPAK_ASSERT(std::has_single_bit(slot_count));
        Slot* const slots = arena_.allocate<Slot>(slot_count);
        for (std::size_t i = 0; i < slot_count; ++i) ::new (slots + i) Slot(nullptr);
        return arena_.create<Table>(Table{slot_count, slots});
    }

    Node* find_in_table(std::string_view key, std::uint64_t hash) const {
        const Table* const table = table_.load(std::memory_order_acquire);
        for (std::size_t i = hash & (table->slot_count - 1);;
             i = (i + 1) & (table->slot_count - 1)) {
            Node* const node = table->slots[i].load(std::memory_order_acquire);
            if (node == nullptr) return nullptr;
            if (node->hash == hash && node->key == key) return node;
        }
    }

    Slot& free_slot(Table& table, std::uint64_t hash) {
        BATPAK_ASSERT(count_ < table.slot_count);
        std::size_t i = hash & (table.slot_count - 1);
        while (table.slots[i].load(std::memory_order_relaxed) != nullptr) {
            i = (i + 1) & (table.slot_count - 1);
        }
        return table.slots[i];
    }

    Table* grow(const Table& table) {
        Table* const larger = make_table(table.slot_count * 2);
        for_each([&](Node& node) {
            free_slot(*larger, node.hash).store(&node, std::memory_order_relaxed);
        });
        table_.store(larger, std::memory_order_release);
        return larger;
    }

    Arena& arena_;
    const KeyHash& key_hash_;
    std::atomic<Table*> table_;
    std::atomic<Node*> newest_{nullptr};
    std::size_t count_ = 0;
};

}  // namespace batpak::store
