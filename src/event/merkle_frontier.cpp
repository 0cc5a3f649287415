// The tree of a log that only grows, as far as it must be remembered: the roots of its complete
// subtrees, the largest first, one for each bit that is set in the number of leaves. The shape is
// that of RFC 9162; the hash is BLAKE3 with a context of its own for nodes.
#include "batpak/event/merkle_frontier.hpp"

#include <bit>
#include <utility>

#include "base/hash/blake3_context.hpp"
#include "batpak/base/assert.hpp"

namespace batpak {
namespace {

Hash node_hash(const Hash& left, const Hash& right) {
    static const Blake3Context context("batpak.v1 merkle node");
    return context.hash({left.view(), right.view()});
}

Hash empty_root() {
    static const Blake3Context context("batpak.v1 merkle empty");
    return context.hash({});
}

}  // namespace

MerkleFrontier::MerkleFrontier(std::uint64_t size, std::vector<Hash> peaks)
    : size_(size), peaks_(std::move(peaks)) {
    BATPAK_ASSERT(peaks_.size() == static_cast<std::size_t>(std::popcount(size_)));
}

std::span<const Hash> MerkleFrontier::peaks() const noexcept { return peaks_; }

void MerkleFrontier::push(const Hash& leaf) {
    Hash subtree = leaf;
    // Adding one to a binary number merges as many subtrees as it has trailing ones.
    for (std::uint64_t rest = size_; (rest & 1) != 0; rest >>= 1) {
        subtree = node_hash(peaks_.back(), subtree);
        peaks_.pop_back();
    }
    peaks_.push_back(subtree);
    ++size_;
    BATPAK_ASSERT(peaks_.size() == static_cast<std::size_t>(std::popcount(size_)));
}

// From the right, where the smallest subtree is: what is incomplete becomes the right child.
Hash MerkleFrontier::root() const {
    if (peaks_.empty()) return empty_root();
    Hash root = peaks_.back();
    for (std::size_t i = peaks_.size() - 1; i-- > 0;) root = node_hash(peaks_[i], root);
    return root;
}

}  // namespace batpak
