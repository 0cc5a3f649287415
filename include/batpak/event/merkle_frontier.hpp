// MerkleFrontier: the root over all events so far, from at most 64 hashes.
//
// The tree is that of RFC 9162, section 2.1.1, over the event hashes in sequence order, with
// batpak's own domain-separated node and empty hashes (docs/FORMAT.md). The frontier keeps one
// root for each perfect subtree of the binary form of the size, largest first.
//
// Threads: thread-compatible
// Errors:  none. Requires: hashing_built_in().
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "batpak/base/hash.hpp"

namespace batpak {

class MerkleFrontier {
public:
    MerkleFrontier() = default;
    // Takes up a frontier where it was left. Requires: one peak for each bit set in `size`.
    MerkleFrontier(std::uint64_t size, std::vector<Hash> peaks);

    void push(const Hash& leaf);
    Hash root() const;

    std::uint64_t size() const noexcept { return size_; }
    std::span<const Hash> peaks() const noexcept;

private:
    std::uint64_t size_ = 0;
    std::vector<Hash> peaks_;  // one for each bit set in size_, largest subtree first
};

}  // namespace batpak
