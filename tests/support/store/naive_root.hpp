// The Merkle tree hash of RFC 9162 as its text defines it: slow, and plain to see.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <bit>
#include <span>

#include "base/hash/blake3_context.hpp"
#include "batpak/base/hash.hpp"

namespace batpak::testing {

inline Hash naive_root(std::span<const Hash> leaves) {
    static const Blake3Context node("batpak.v1 merkle node");
    static const Blake3Context empty("batpak.v1 merkle empty");
    if (leaves.empty()) return empty.hash({});
    if (leaves.size() == 1) return leaves[0];
    const std::size_t split = std::bit_floor(leaves.size() - 1);
    const Hash left = naive_root(leaves.first(split));
    const Hash right = naive_root(leaves.subspan(split));
    return node.hash({left.view(), right.view()});
}

}  // namespace batpak::testing
