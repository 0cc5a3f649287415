// The tree over n leaves is complete subtrees, one for each bit of n, joined from the right. What
// makers and checkers have in common is the path from one leaf to the root, read off two numbers:
//
//     inner    the levels at which the leaf and the last leaf are in different subtrees: the
//              sibling is on the side that the leaf's bit says
//     border   above them the path is on the right border of the tree: a sibling is on the left, at
//              each level where the leaf's number has a one
//
// So the length of a proof is known before it is read, and is checked first.
#include "batpak/proof/tree.hpp"

#include <algorithm>
#include <bit>

#include "batpak/base/assert.hpp"
#include "proof/sha256.hpp"

namespace batpak::proof {
namespace {

struct Path {
    unsigned inner = 0;
    unsigned border = 0;
};

Path path_of(std::uint64_t index, std::uint64_t size) {
    BATPAK_ASSERT(index < size);
    const auto inner = static_cast<unsigned>(std::bit_width(index ^ (size - 1)));
    const std::uint64_t above = inner == 64 ? 0 : index >> inner;
    return {inner, static_cast<unsigned>(std::popcount(above))};
}

// The root over the leaves [begin, end), where begin is a multiple of the size of the largest
// complete subtree in there: all that RFC 9162 ever asks for.
Result<Hash> root_between(TreeNodes& nodes, std::uint64_t begin, std::uint64_t end) {
    BATPAK_ASSERT(begin < end);
    std::vector<Hash> peaks;
    while (begin < end) {
        const auto level = static_cast<unsigned>(std::bit_width(end - begin) - 1);
        BATPAK_ASSERT(begin % (std::uint64_t{1} << level) == 0);
        BATPAK_TRY(peaks.emplace_back(), nodes.node(level, begin >> level));
        begin += std::uint64_t{1} << level;
    }
    Hash root = peaks.back();
    for (std::size_t i = peaks.size() - 1; i-- > 0;) root = node_hash(peaks[i], root);
    return root;
}

// The sibling of the path at `level` on its inner part. Only the one that reaches the end of the
// tree may be incomplete.
Result<Hash> sibling(TreeNodes& nodes, std::uint64_t index, unsigned level, std::uint64_t size) {
    const std::uint64_t other = (index >> level) ^ 1;
    const std::uint64_t begin = other << level;
    const std::uint64_t leaves = std::uint64_t{1} << level;
    if (size - begin >= leaves) return nodes.node(level, other);
    return root_between(nodes, begin, size);
}

// The siblings from the subtree of `level` that begins at `index` up to the root.
Result<std::vector<Hash>> siblings(TreeNodes& nodes, std::uint64_t index, unsigned level,
                                   std::uint64_t size) {
    const Path path = path_of(index, size);
    std::vector<Hash> proof;
    for (unsigned at = level; at < path.inner; ++at) {
        BATPAK_TRY(proof.emplace_back(), sibling(nodes, index, at, size));
    }
    for (unsigned at = std::max(level, path.inner); at < 64 && (index >> at) != 0; ++at) {
        if ((index >> at & 1) == 0) continue;
        BATPAK_TRY(proof.emplace_back(), nodes.node(at, (index >> at) - 1));
    }
    return proof;
}

Checked<void> check_length(std::size_t has, std::size_t needs) {
    if (has < needs) return refuse(Reason::ProofTooShort);
    if (has > needs) return refuse(Reason::ProofTooLong);
    return {};
}

Checked<void> equal_root(const Hash& computed, const TreeHead& head) {
    if (computed == head.root) return {};
    return refuse(Reason::WrongRoot, "the hashes lead to another root than the log of " +
                                         std::to_string(head.size) + " events has");
}

}  // namespace

Hash leaf_hash(const Hash& event_hash) {
    return Sha256().add(std::uint8_t{0}).add(event_hash.view()).done();
}

Hash node_hash(const Hash& left, const Hash& right) {
    return Sha256().add(std::uint8_t{1}).add(left.view()).add(right.view()).done();
}

Hash empty_root() { return Sha256().done(); }

Result<Hash> tree_root(TreeNodes& nodes, std::uint64_t size) {
    if (size == 0) return empty_root();
    return root_between(nodes, 0, size);
}

Result<std::vector<Hash>> prove_inclusion(TreeNodes& nodes, std::uint64_t index,
                                          std::uint64_t size) {
    BATPAK_ASSERT(index < size);
    return siblings(nodes, index, 0, size);
}

Result<std::vector<Hash>> prove_consistency(TreeNodes& nodes, std::uint64_t from,
                                            std::uint64_t to) {
    BATPAK_ASSERT(from <= to);
    if (from == 0 || from == to) return std::vector<Hash>();
    // The last complete subtree of the smaller tree: its path to the larger root passes all of the
    // others. Where it is the whole smaller tree, its hash is the root that the checker has.
    const auto level = static_cast<unsigned>(std::countr_zero(from));
    const std::uint64_t begin = from - (std::uint64_t{1} << level);
    std::vector<Hash> proof;
    if (begin != 0) {
        BATPAK_TRY(proof.emplace_back(), nodes.node(level, begin >> level));
    }
    BATPAK_TRY(const std::vector<Hash> rest, siblings(nodes, begin, level, to));
    proof.insert(proof.end(), rest.begin(), rest.end());
    return proof;
}

Checked<void> check_inclusion(const Hash& leaf, std::uint64_t index, const TreeHead& head,
                              std::span<const Hash> proof) {
    if (index >= head.size) return refuse(Reason::IndexNotBelowSize);
    const Path path = path_of(index, head.size);
    BATPAK_CHECK(check_length(proof.size(), path.inner + path.border));
    Hash hash = leaf;
    for (unsigned level = 0; level < path.inner; ++level) {
        const bool is_right = (index >> level & 1) != 0;
        hash = is_right ? node_hash(proof[level], hash) : node_hash(hash, proof[level]);
    }
    for (const Hash& left : proof.subspan(path.inner)) hash = node_hash(left, hash);
    return equal_root(hash, head);
}

Checked<void> check_consistency(const TreeHead& from, const TreeHead& to,
                                std::span<const Hash> proof) {
    if (from.size > to.size) return refuse(Reason::SizesDisagree, "the log has become shorter");
    if (from.size == 0 || from.size == to.size) {
        BATPAK_CHECK(check_length(proof.size(), 0));
        return from.size == 0 ? equal_root(empty_root(), from) : equal_root(to.root, from);
    }
    const auto level = static_cast<unsigned>(std::countr_zero(from.size));
    const std::uint64_t begin = from.size - (std::uint64_t{1} << level);
    const Path path = path_of(begin, to.size);
    // The larger tree goes on after the subtree, so the last leaf is in none of its own.
    BATPAK_ASSERT(path.inner > level);
    const unsigned inner = path.inner - level;
    const bool has_seed = begin != 0;
    BATPAK_CHECK(check_length(proof.size(), (has_seed ? 1U : 0U) + inner + path.border));
    Hash old_root = has_seed ? proof[0] : from.root;
    Hash new_root = old_root;
    const std::span<const Hash> rest = proof.subspan(has_seed ? 1 : 0);
    for (unsigned at = 0; at < inner; ++at) {
        if ((begin >> (level + at) & 1) != 0) {  // on the left: both trees have it
            old_root = node_hash(rest[at], old_root);
            new_root = node_hash(rest[at], new_root);
        } else {
            new_root = node_hash(new_root, rest[at]);
        }
    }
    for (const Hash& left : rest.subspan(inner)) {
        old_root = node_hash(left, old_root);
        new_root = node_hash(left, new_root);
    }
    BATPAK_CHECK(equal_root(old_root, from));
    return equal_root(new_root, to);
}

}  // namespace batpak::proof
