// Goal:   the tree is that of RFC 9162; every proof is accepted for what it proves, and for nothing
//         else.
// Method: the definitions of the RFC, section 2.1, written down as the recursions that they are,
//         are the oracle: they share nothing with the code. All (index, size) and (from, to) up to
//         a size are tried; then sampled sizes up to 2^40 in a tree that is computed, not stored.
#include "batpak/proof/tree.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <functional>
#include <random>

#include "support/seeds.hpp"

namespace batpak::proof {
namespace {

using Hashes = std::vector<Hash>;

Hash hash_of_hex(std::string_view hex) {
    Hash hash;
    EXPECT_TRUE(from_hex(hex, hash.bytes));
    return hash;
}

Hash entry(std::uint64_t number) {
    Hash hash;
    for (std::size_t i = 0; i < 8; ++i)
        hash.bytes[i] = static_cast<std::byte>(number >> (8 * i) & 0xFF);
    return hash;
}

Hashes leaves_of(std::uint64_t count) {
    Hashes leaves;
    for (std::uint64_t i = 0; i < count; ++i) leaves.push_back(leaf_hash(entry(i)));
    return leaves;
}

std::span<const Hash> left_of(std::span<const Hash> d) {
    return d.first(std::bit_floor(d.size() - 1));
}
std::span<const Hash> right_of(std::span<const Hash> d) {
    return d.subspan(std::bit_floor(d.size() - 1));
}

// MTH, PATH and SUBPROOF of the RFC.
Hash mth(std::span<const Hash> d) {
    if (d.empty()) return empty_root();
    if (d.size() == 1) return d[0];
    return node_hash(mth(left_of(d)), mth(right_of(d)));
}
Hashes path(std::size_t m, std::span<const Hash> d) {
    if (d.size() == 1) return {};
    const std::size_t k = left_of(d).size();
    Hashes proof = m < k ? path(m, left_of(d)) : path(m - k, right_of(d));
    proof.push_back(m < k ? mth(right_of(d)) : mth(left_of(d)));
    return proof;
}
Hashes subproof(std::size_t m, std::span<const Hash> d, bool is_whole) {
    if (m == d.size()) return is_whole ? Hashes{} : Hashes{mth(d)};
    const std::size_t k = left_of(d).size();
    Hashes proof = m <= k ? subproof(m, left_of(d), is_whole) : subproof(m - k, right_of(d), false);
    proof.push_back(m <= k ? mth(right_of(d)) : mth(left_of(d)));
    return proof;
}

class StoredLeaves : public TreeNodes {
public:
    explicit StoredLeaves(Hashes leaves) : leaves_(std::move(leaves)) {}
    Result<Hash> node(unsigned level, std::uint64_t index) override {
        const std::uint64_t count = std::uint64_t{1} << level;
        EXPECT_LE((index + 1) * count, leaves_.size()) << "asked behind the end";
        return mth(std::span(leaves_).subspan(index * count, count));
    }
    std::span<const Hash> first(std::uint64_t size) const { return std::span(leaves_).first(size); }

private:
    Hashes leaves_;
};

// All leaves are the same, so each level has one hash: trees of any size.
class EqualLeaves : public TreeNodes {
public:
    EqualLeaves() : levels_{leaf_hash(entry(7))} {
        for (unsigned i = 1; i < 64; ++i)
            levels_.push_back(node_hash(levels_.back(), levels_.back()));
    }
    Result<Hash> node(unsigned level, std::uint64_t) override { return levels_[level]; }
    const Hash& leaf() const { return levels_[0]; }

private:
    Hashes levels_;
};

constexpr std::uint64_t kSizeMax = 130;

TEST(Tree, HasTheRootsOfTheReferenceTrees) {
    // The inputs and roots that Certificate Transparency's implementations share. Its leaves are
    // texts of any length; here a leaf is the hash of 32 bytes, so the leaf hashes are given.
    const Hashes leaves{
        hash_of_hex("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        hash_of_hex("96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7")};
    EXPECT_EQ(to_string(mth(leaves)),
              "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
    EXPECT_EQ(to_string(empty_root()),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Tree, RootsAreThoseOfTheDefinition) {
    StoredLeaves tree(leaves_of(kSizeMax));
    for (std::uint64_t size = 0; size <= kSizeMax; ++size)
        EXPECT_EQ(tree_root(tree, size).value(), mth(tree.first(size))) << size;
}

TEST(Tree, InclusionProofsAreThoseOfTheDefinitionAndAreAccepted) {
    StoredLeaves tree(leaves_of(kSizeMax));
    for (std::uint64_t size = 1; size <= kSizeMax; ++size) {
        const TreeHead head{size, mth(tree.first(size))};
        for (std::uint64_t index = 0; index < size; ++index) {
            const Hashes proof = prove_inclusion(tree, index, size).value();
            ASSERT_EQ(proof, path(index, tree.first(size))) << index << " in " << size;
            ASSERT_TRUE(check_inclusion(tree.first(size)[index], index, head, proof).has_value());
        }
    }
}

TEST(Tree, ConsistencyProofsAreThoseOfTheDefinitionAndAreAccepted) {
    StoredLeaves tree(leaves_of(kSizeMax));
    for (std::uint64_t to = 0; to <= kSizeMax; ++to) {
        for (std::uint64_t from = 0; from <= to; ++from) {
            const Hashes proof = prove_consistency(tree, from, to).value();
            const Hashes expected = from == 0 ? Hashes{} : subproof(from, tree.first(to), true);
            ASSERT_EQ(proof, expected) << from << " to " << to;
            ASSERT_TRUE(
                check_consistency({from, mth(tree.first(from))}, {to, mth(tree.first(to))}, proof)
                    .has_value());
        }
    }
}

TEST(Tree, ProvesInTreesTooLargeToStore) {
    EqualLeaves tree;
    const std::uint64_t seed =
        testing::number_from_environment("BATPAK_SEED").value_or(std::random_device()());
    SCOPED_TRACE("BATPAK_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    for (int round = 0; round < 2000; ++round) {
        const std::uint64_t size = 1 + random() % (std::uint64_t{1} << (1 + random() % 40));
        const std::uint64_t index = random() % size;
        const TreeHead head{size, tree_root(tree, size).value()};
        const Hashes proof = prove_inclusion(tree, index, size).value();
        ASSERT_TRUE(check_inclusion(tree.leaf(), index, head, proof)) << index << " in " << size;
        const std::uint64_t from = random() % (size + 1);
        const TreeHead old{from, tree_root(tree, from).value()};
        const Hashes grown = prove_consistency(tree, from, size).value();
        ASSERT_TRUE(check_consistency(old, head, grown)) << from << " to " << size;
    }
}

// Runs `refused` on every way to spoil a proof: each bit of each hash, one hash more or less, two
// neighbours exchanged.
void with_each_fault(const Hashes& proof,
                     const std::function<void(const Hashes&, Reason)>& is_refused) {
    for (std::size_t i = 0; i < proof.size(); ++i) {
        for (unsigned bit = 0; bit < 256; ++bit) {
            Hashes wrong = proof;
            wrong[i].bytes[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
            is_refused(wrong, Reason::WrongRoot);
        }
        if (i + 1 < proof.size() && proof[i] != proof[i + 1]) {
            Hashes wrong = proof;
            std::swap(wrong[i], wrong[i + 1]);
            is_refused(wrong, Reason::WrongRoot);
        }
    }
    Hashes longer = proof;
    longer.push_back(Hash{});
    is_refused(longer, Reason::ProofTooLong);
    if (proof.empty()) return;
    is_refused(Hashes(proof.begin(), proof.end() - 1), Reason::ProofTooShort);
    is_refused(Hashes(proof.begin() + 1, proof.end()), Reason::ProofTooShort);
}

TEST(Tree, RefusesEverySpoiltProofOfInclusion) {
    StoredLeaves tree(leaves_of(16));
    for (std::uint64_t size = 1; size <= 16; ++size) {
        const TreeHead head{size, mth(tree.first(size))};
        for (std::uint64_t index = 0; index < size; ++index) {
            const Hash& leaf = tree.first(size)[index];
            with_each_fault(path(index, tree.first(size)), [&](const Hashes& wrong, Reason reason) {
                const auto checked = check_inclusion(leaf, index, head, wrong);
                ASSERT_FALSE(checked);
                EXPECT_EQ(checked.error().reason(), reason);
            });
        }
    }
}

TEST(Tree, RefusesEverySpoiltProofOfConsistency) {
    StoredLeaves tree(leaves_of(16));
    for (std::uint64_t to = 1; to <= 16; ++to) {
        for (std::uint64_t from = 1; from <= to; ++from) {
            const TreeHead old{from, mth(tree.first(from))};
            const TreeHead head{to, mth(tree.first(to))};
            const Hashes proof = subproof(from, tree.first(to), true);
            with_each_fault(proof, [&](const Hashes& wrong, Reason reason) {
                const auto checked = check_consistency(old, head, wrong);
                ASSERT_FALSE(checked);
                EXPECT_EQ(checked.error().reason(), reason);
            });
            EXPECT_FALSE(check_consistency({from, Hash{}}, head, proof));
            EXPECT_FALSE(check_consistency(old, {to, Hash{}}, proof));
        }
    }
}

TEST(Tree, RefusesAnotherLeafIndexSizeOrRoot) {
    StoredLeaves tree(leaves_of(40));
    for (std::uint64_t size = 1; size <= 40; ++size) {
        const TreeHead head{size, mth(tree.first(size))};
        for (std::uint64_t index = 0; index < size; ++index) {
            const Hashes proof = path(index, tree.first(size));
            for (std::uint64_t other = 0; other < size + 2; ++other) {
                if (other == index) continue;
                const auto checked = check_inclusion(tree.first(size)[index], other, head, proof);
                EXPECT_FALSE(checked) << index << " as " << other << " in " << size;
                if (other >= size) {
                    EXPECT_EQ(checked.error().reason(), Reason::IndexNotBelowSize);
                }
            }
            EXPECT_FALSE(check_inclusion(entry(index), index, head, proof));
            EXPECT_FALSE(check_inclusion(tree.first(size)[index], index, {size, Hash{}}, proof));
        }
    }
}

TEST(Tree, ALogThatBecameShorterIsNoContinuation) {
    const auto checked = check_consistency({2, Hash{}}, {1, Hash{}}, {});
    EXPECT_EQ(checked.error().reason(), Reason::SizesDisagree);
}

TEST(Tree, OfOneSizeThereIsOneRoot) {
    StoredLeaves tree(leaves_of(3));
    const TreeHead head{3, mth(tree.first(3))};
    EXPECT_TRUE(check_consistency(head, head, {}));
    EXPECT_EQ(check_consistency(head, {3, Hash{}}, {}).error().reason(), Reason::WrongRoot);
    EXPECT_EQ(check_consistency({0, Hash{}}, head, {}).error().reason(), Reason::WrongRoot);
}

}  // namespace
}  // namespace batpak::proof
