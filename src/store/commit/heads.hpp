// Heads: for each entity, how many events it has and the hash of its latest.
//
// That is all a commit must know of the past. Heads are kept for the entities that were appended
// to since the store was opened; another entity's head is looked up in the log once.
//
// Threads: the leader of the commit queue owns it; prefetch_*: any thread
// Errors:  find: those of the lookup
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "batpak/base/hash.hpp"
#include "batpak/base/result.hpp"
#include "store/index/arena.hpp"
#include "store/index/dictionary.hpp"
#include "store/index/memory_index.hpp"

namespace batpak::store {

struct Head {
    std::uint64_t count = 0;  // events of the entity, so the next version
    Hash last_hash;           // zero if there is none
    EntityMark mark;          // in the index that is being appended to
};

class Heads {
public:
    using Lookup = std::function<Result<Head>(std::string_view entity)>;

    Heads(const KeyHash& key_hash, Lookup lookup)
        : lookup_(std::move(lookup)), heads_(arena_, key_hash) {}

    // The head of an entity, to be read and, through advance(), changed.
    // Borrows: this object.
    // `entity_hash`: what the KeyHash makes of the entity.
    [[nodiscard]] Result<Head*> find(std::string_view entity, std::uint64_t entity_hash);
    // Any thread. Bring near what find() will look at: the first call where the head is, the
    // second, a while later, the head.
    void prefetch_place(std::uint64_t entity_hash) const noexcept {
        heads_.prefetch_place(entity_hash);
    }
    void prefetch_head(std::uint64_t entity_hash) const noexcept {
        heads_.prefetch_node(entity_hash);
    }

    // Counts one more event of `head`. Until keep() it can be taken back.
    void advance(Head& head, const Hash& hash);
    // What was advanced stays so.
    void keep() noexcept { changes_.clear(); }
    // Takes back all since the last keep().
    void take_back() noexcept { take_back_to(0); }
    // Takes back all but the first `count` changes since the last keep().
    void take_back_to(std::size_t count) noexcept;
    std::size_t changes() const noexcept { return changes_.size(); }

private:
    struct Record {
        Head head;
        bool known = false;
    };
    struct Change {
        Head* head;
        Head before;
    };

    Lookup lookup_;
    Arena arena_;
    Dictionary<Record> heads_;
    std::vector<Change> changes_;
};

}  // namespace batpak::store
