// The trie has a branch for each place where the hashes of two names part, and for each bit that
// all below it have in common on the way there. Names are hashed, so such runs are short, unless
// somebody searches for names that share many bits: a run of n bits costs 2^n hashes.
#include "batpak/proof/head_map.hpp"

#include "base/hash/blake3_context.hpp"
#include "base/little_endian.hpp"
#include "batpak/base/assert.hpp"

namespace batpak::proof {
namespace {

constexpr std::size_t kLinksMax = std::size_t{1} << 31;

// Bit `depth` of D, the highest bit of its first byte being 0.
std::size_t bit_of(const Hash& hash, std::size_t depth) {
    const auto byte = std::to_integer<unsigned>(hash.bytes[depth / 8]);
    return byte >> (7 - depth % 8) & 1;
}

Hash hash_head(const EntityHead& head) {
    static const Blake3Context context("batpak.v1 entity head leaf");
    std::array<std::byte, 8> version{};
    store_little_endian(version, head.version.value);
    return context.hash({head.entity.view(), version, head.event.view()});
}

Hash hash_branch(const Hash& zero, const Hash& one) {
    static const Blake3Context context("batpak.v1 entity head node");
    return context.hash({zero.view(), one.view()});
}

}  // namespace

Hash entity_hash(std::string_view entity) {
    static const Blake3Context context("batpak.v1 entity id");
    return context.hash({as_bytes(entity)});
}

// Odd codes are branches, even ones entities.
HeadMap::Link HeadMap::Link::to_branch(std::size_t index) {
    BATPAK_ASSERT(index < kLinksMax);
    Link link;
    link.code_ = static_cast<std::uint32_t>(2 * index + 1);
    return link;
}
HeadMap::Link HeadMap::Link::to_leaf(std::size_t index) {
    BATPAK_ASSERT(index < kLinksMax);
    Link link;
    link.code_ = static_cast<std::uint32_t>(2 * index + 2);
    return link;
}

HeadMap::Link HeadMap::add_leaf(const EntityHead& head) {
    leaves_.push_back(head);
    return Link::to_leaf(leaves_.size() - 1);
}

void HeadMap::clear() {
    top_ = Link();
    branches_.clear();
    leaves_.clear();
}

// Down to the place of the entity. All on the way must be hashed again.
void HeadMap::set(const EntityHead& head) {
    std::optional<std::size_t> above;
    std::size_t depth = 0;
    Link link = top_;
    while (link.is_branch()) {
        above = link.index();
        branches_[*above].is_stale = true;
        link = branches_[*above].to[bit_of(head.entity, depth++)];
    }
    Link changed = link;
    if (link.is_none()) {
        changed = add_leaf(head);
    } else if (leaves_[link.index()].entity == head.entity) {
        leaves_[link.index()] = head;
    } else {
        changed = part(link, head, depth);
    }
    (above ? branches_[*above].to[bit_of(head.entity, depth - 1)] : top_) = changed;
}

// Branches from `depth` on, down to the first bit in which the two differ; made from there upwards.
HeadMap::Link HeadMap::part(Link old, const EntityHead& head, std::size_t depth) {
    const Hash other = leaves_[old.index()].entity;
    std::size_t parting = depth;
    while (bit_of(other, parting) == bit_of(head.entity, parting)) ++parting;
    Link below = add_leaf(head);
    for (std::size_t at = parting + 1; at-- > depth;) {
        Branch branch;
        branch.to[bit_of(head.entity, at)] = below;
        if (at == parting) branch.to[bit_of(other, at)] = old;
        branches_.push_back(branch);
        below = Link::to_branch(branches_.size() - 1);
    }
    return below;
}

// As deep as the longest run of bits that two names have in common: 256 at most.
Hash HeadMap::hash_of(Link link) {
    if (link.is_none()) return {};
    if (!link.is_branch()) {
        ++hashes_computed_;
        return hash_head(leaves_[link.index()]);
    }
    Branch& branch = branches_[link.index()];
    if (branch.is_stale) {
        const Hash zero = hash_of(branch.to[0]);
        branch.hash = hash_branch(zero, hash_of(branch.to[1]));
        branch.is_stale = false;
        ++hashes_computed_;
    }
    return branch.hash;
}

Hash HeadMap::root() { return hash_of(top_); }

HeadPath HeadMap::path(const Hash& entity) {
    HeadPath path;
    Link link = top_;
    while (link.is_branch()) {
        const std::size_t side = bit_of(entity, path.siblings.size());
        const std::array<Link, 2> to = branches_[link.index()].to;
        path.siblings.push_back(hash_of(to[1 - side]));
        link = to[side];
    }
    if (!link.is_none()) path.found = leaves_[link.index()];
    return path;
}

// What is found must lie on the way that the path goes, or it would prove the absence of entities
// that are elsewhere.
Checked<std::optional<EntityHead>> check_head(const Hash& root, const Hash& entity,
                                              const HeadPath& path) {
    if (path.siblings.size() > HeadPath::kSiblingsMax)
        return refuse(Reason::Malformed, "a path has at most 255 hashes");
    for (std::size_t depth = 0; path.found && depth < path.siblings.size(); ++depth) {
        if (bit_of(path.found->entity, depth) != bit_of(entity, depth))
            return refuse(Reason::HeadNotInMap, "the path leads elsewhere");
    }
    Hash hash = path.found ? hash_head(*path.found) : Hash();
    for (std::size_t depth = path.siblings.size(); depth-- > 0;) {
        const Hash& sibling = path.siblings[depth];
        hash = bit_of(entity, depth) == 0 ? hash_branch(hash, sibling) : hash_branch(sibling, hash);
    }
    if (hash != root) return refuse(Reason::HeadNotInMap, "the path leads to another map");
    if (path.found && path.found->entity == entity) return path.found;
    return std::optional<EntityHead>();
}

}  // namespace batpak::proof
