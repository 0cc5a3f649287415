// Tree: the Merkle tree over a log that other people's programs know, and its proofs.
//
// It is the tree of RFC 9162, section 2.1, with SHA-256: that of Certificate Transparency, of
// checksum databases and of witnesses. Its entries are the event hashes E, 32 bytes each, in
// sequence order; the shape is that of StoreReads::root(), the hash is not. A proof of inclusion
// says "this entry is at this index of the log with this root"; a proof of consistency says "the
// smaller log is the beginning of the larger one". Checking needs no store.
//
// Threads: the functions are thread-safe; a TreeNodes as its class says
// Errors:  the makers: those of the TreeNodes; the checks refuse
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "batpak/base/hash.hpp"
#include "batpak/proof/refusal.hpp"

namespace batpak::proof {

Hash leaf_hash(const Hash& event_hash);
Hash node_hash(const Hash& left, const Hash& right);
// The root of the log without events.
Hash empty_root();

// Where the makers find the roots of complete subtrees.
class TreeNodes {
public:
    TreeNodes() = default;
    TreeNodes(const TreeNodes&) = delete;
    TreeNodes& operator=(const TreeNodes&) = delete;
    virtual ~TreeNodes() = default;

    // The root over the leaves [index << level, (index + 1) << level), all of which exist.
    [[nodiscard]] virtual Result<Hash> node(unsigned level, std::uint64_t index) = 0;
};

// The root over the first `size` leaves. Requires of this and the next two: `nodes` has as many
// leaves as the largest size that is asked for.
[[nodiscard]] Result<Hash> tree_root(TreeNodes& nodes, std::uint64_t size);
// The hashes that lead from the leaf at `index` to the root over `size`, the leaf's sibling first.
// Requires: index < size.
[[nodiscard]] Result<std::vector<Hash>> prove_inclusion(TreeNodes& nodes, std::uint64_t index,
                                                        std::uint64_t size);
// The hashes that lead to both roots. Empty if `from` is 0 or `to`. Requires: from <= to.
[[nodiscard]] Result<std::vector<Hash>> prove_consistency(TreeNodes& nodes, std::uint64_t from,
                                                          std::uint64_t to);

struct TreeHead {
    std::uint64_t size = 0;
    Hash root{};
    friend bool operator==(const TreeHead&, const TreeHead&) = default;
};

// Whether `leaf` is at `index` of the log. A proof has exactly one length: a longer or shorter one
// is refused before anything is hashed.
[[nodiscard]] Checked<void> check_inclusion(const Hash& leaf, std::uint64_t index,
                                            const TreeHead& head, std::span<const Hash> proof);
// Whether the log with the head `from` is the beginning of the one with `to`. The empty log is the
// beginning of every log.
[[nodiscard]] Checked<void> check_consistency(const TreeHead& from, const TreeHead& to,
                                              std::span<const Hash> proof);

}  // namespace batpak::proof
