// HeadMap: which event is the latest of each entity, under one root.
//
// A binary trie over the hashes of the names, so that one path of about log2(n) hashes says "this
// is the latest event of X" or "X has none", and a change costs one path. The order of changes does
// not matter: one set of heads has one root. docs/FORMAT.md, "Heads of entities", has the bytes.
//
//     T(no entity)  = 32 zero bytes
//     T(one entity) = H("batpak.v1 entity head leaf", D, version, E), however deep it lies
//     T(more)       = H("batpak.v1 entity head node", T(those with bit 0), T(those with bit 1))
//
// Hashes are computed when a root or a path is asked for, and only those above what has changed. An
// entity takes about 140 bytes of memory.
//
// Threads: thread-compatible; the functions are thread-safe
// Errors:  check_head() refuses. Requires: hashing_built_in()
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "batpak/base/hash.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/proof/refusal.hpp"

namespace batpak::proof {

// D: what an entity's place in the map follows from.
Hash entity_hash(std::string_view entity);

// The latest event of an entity.
struct EntityHead {
    Hash entity{};  // D
    Version version{};
    Hash event{};  // E
    friend bool operator==(const EntityHead&, const EntityHead&) = default;
};

// The way from the root to where an entity is, or would be.
struct HeadPath {
    static constexpr std::size_t kSiblingsMax = 255;

    std::optional<EntityHead> found{};  // what is there: it, another one alone, or nothing
    std::vector<Hash> siblings{};       // on the root's side first
    friend bool operator==(const HeadPath&, const HeadPath&) = default;
};

class HeadMap {
public:
    // Adds the entity, or replaces its head.
    void set(const EntityHead& head);
    void clear();

    std::uint64_t entities() const noexcept { return leaves_.size(); }
    Hash root();
    HeadPath path(const Hash& entity);
    // Hashes that were computed, since it was made: what roots and paths have cost.
    std::uint64_t hashes_computed() const noexcept { return hashes_computed_; }

private:
    // What a branch leads to: nothing, another branch, or an entity.
    class Link {
    public:
        Link() = default;
        static Link to_branch(std::size_t index);
        static Link to_leaf(std::size_t index);
        bool is_none() const noexcept { return code_ == 0; }
        bool is_branch() const noexcept { return code_ % 2 == 1; }
        std::size_t index() const noexcept { return (code_ - 1) / 2; }

    private:
        std::uint32_t code_ = 0;
    };
    struct Branch {
        std::array<Link, 2> to;
        Hash hash{};
        bool is_stale = true;  // something below it has changed
    };

    Link add_leaf(const EntityHead& head);
    Link part(Link old, const EntityHead& head, std::size_t depth);
    Hash hash_of(Link link);

    Link top_;
    std::vector<Branch> branches_;
    std::vector<EntityHead> leaves_;
    std::uint64_t hashes_computed_ = 0;
};

// What a path proves of the entity with the hash `entity`, against the root: its head, or nothing,
// and then it has no event. Both cannot be proved against one root.
[[nodiscard]] Checked<std::optional<EntityHead>> check_head(const Hash& root, const Hash& entity,
                                                            const HeadPath& path);

}  // namespace batpak::proof
