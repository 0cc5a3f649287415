// Goal:   a map of heads has the root of its definition, whatever order it was made in, and proves
//         of each entity its head or its absence, and nothing else.
// Method: the definition is written down again, without a tree in memory. All subsets of eight
//         entities are compared with it, each in two orders; for six of them each bit of each path
//         is flipped. What a change costs is counted in hashes.
#include "batpak/proof/head_map.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/hash/blake3_context.hpp"
#include "base/little_endian.hpp"
#include "proof/support.hpp"
#include "support/seeds.hpp"

namespace batpak::proof {
namespace {

Hash naive_hash(const char* context, std::initializer_list<BytesView> parts) {
    return Blake3Context(context).hash(parts);
}

bool naive_bit(const Hash& hash, unsigned at) {
    return (std::to_integer<unsigned>(hash.bytes[at / 8]) & (0x80U >> at % 8)) != 0;
}

// T of docs/FORMAT.md, word for word.
Hash naive_root(const std::vector<EntityHead>& heads, unsigned depth = 0) {
    if (heads.empty()) return {};
    if (heads.size() == 1) {
        std::array<std::byte, 8> version{};
        store_little_endian(version, heads[0].version.value);
        return naive_hash("batpak.v1 entity head leaf",
                          {heads[0].entity.view(), version, heads[0].event.view()});
    }
    std::vector<EntityHead> parts[2];
    for (const EntityHead& head : heads) parts[naive_bit(head.entity, depth)].push_back(head);
    return naive_hash("batpak.v1 entity head node", {naive_root(parts[0], depth + 1).view(),
                                                     naive_root(parts[1], depth + 1).view()});
}

Hash hash_of_number(std::uint64_t number) {
    return naive_hash("test", {as_bytes(std::to_string(number))});
}

EntityHead head_of(std::uint64_t number, std::uint64_t version = 0) {
    return {.entity = entity_hash("entity:" + std::to_string(number)),
            .version = Version(version),
            .event = hash_of_number(1000 * number + version)};
}

void flip(Hash& hash, std::size_t bit) {
    hash.bytes[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
}

Reason why(const Hash& root, const Hash& entity, const HeadPath& path) {
    const auto checked = check_head(root, entity, path);
    EXPECT_FALSE(checked);
    return checked ? Reason::Malformed : checked.error().reason();
}

// Each bit of the siblings and of what is found.
void expect_no_flip_passes(const Hash& root, const Hash& entity, const HeadPath& path) {
    for (std::size_t at = 0; at < path.siblings.size(); ++at) {
        for (std::size_t bit = 0; bit < 256; ++bit) {
            HeadPath wrong = path;
            flip(wrong.siblings[at], bit);
            ASSERT_EQ(why(root, entity, wrong), Reason::HeadNotInMap);
        }
    }
    for (std::size_t bit = 0; path.found && bit < 256; ++bit) {
        HeadPath wrong = path;
        flip(wrong.found->event, bit);
        ASSERT_EQ(why(root, entity, wrong), Reason::HeadNotInMap);
        wrong = path;
        flip(wrong.found->entity, bit);
        ASSERT_EQ(why(root, entity, wrong), Reason::HeadNotInMap);
        wrong = path;
        wrong.found->version.value ^= std::uint64_t{1} << bit % 64;
        ASSERT_EQ(why(root, entity, wrong), Reason::HeadNotInMap);
    }
}

Hash hash_of(std::string_view digits) {
    Hash hash;
    EXPECT_TRUE(from_hex(digits, hash.bytes));
    return hash;
}

// Of tests/format/integrity-vectors.json, at size 7, and in docs/FORMAT.md.
TEST(HeadMap, IsThatOfTheWorkedExample) {
    HeadMap map;
    const auto set = [&](std::string_view name, std::uint64_t version, std::string_view hash) {
        map.set({entity_hash(name), Version(version), hash_of(hash)});
    };
    EXPECT_EQ(map.root(), Hash());
    set("player:alice", 3, "69c05ffc22b8b9e319e2800d9b9ba68a854f9d0093b4ff79d5b00be687b72599");
    set("player:bob", 1, "23e31871eed127130eca89cda01cabb53b7fe156fde3c01ccc85b30f9c43398e");
    set("player:carol", 0, "af8534b8b0939c1b18e6a43f77601e420af8ebd6671f995d8c83f79cc8e3383d");
    EXPECT_EQ(to_string(map.root()),
              "bc1a86dd15df48167b385ac2c1dc58e02af601b09e0befb114979ce6c52e441a");
}

TEST(HeadMap, ProvesEachEntityOfEverySubset) {
    constexpr unsigned kEntities = 8;
    for (unsigned subset = 0; subset < 1U << kEntities; ++subset) {
        std::vector<EntityHead> heads;
        for (unsigned i = 0; i < kEntities; ++i)
            if ((subset >> i & 1) != 0) heads.push_back(head_of(i, i));
        HeadMap map;
        for (const EntityHead& head : heads) map.set(head);
        HeadMap backwards;
        for (auto head = heads.rbegin(); head != heads.rend(); ++head) backwards.set(*head);
        const Hash root = naive_root(heads);
        ASSERT_EQ(map.root(), root);
        ASSERT_EQ(backwards.root(), root);
        ASSERT_EQ(map.entities(), heads.size());
        for (unsigned i = 0; i < kEntities; ++i) {
            const Hash entity = head_of(i).entity;
            const HeadPath path = map.path(entity);
            const auto checked = check_head(root, entity, path);
            ASSERT_TRUE(checked) << checked.error().detail();
            const bool is_member = (subset >> i & 1) != 0;
            ASSERT_EQ(checked->has_value(), is_member);
            if (is_member) {
                ASSERT_EQ(**checked, head_of(i, i));
            }
            if (subset < 64) expect_no_flip_passes(root, entity, path);
            if (::testing::Test::HasFatalFailure()) return;
        }
    }
}

TEST(HeadMap, TakesLaterHeadsInThePlaceOfEarlierOnes) {
    const std::uint64_t seed =
        testing::number_from_environment("BATPAK_SEED").value_or(std::random_device()());
    SCOPED_TRACE("BATPAK_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    std::vector<EntityHead> heads;
    HeadMap map;
    for (int step = 0; step < 2000; ++step) {
        const std::uint64_t number = random() % 300;
        const EntityHead head = head_of(number, static_cast<std::uint64_t>(step));
        map.set(head);
        std::erase_if(heads, [&](const EntityHead& old) { return old.entity == head.entity; });
        heads.push_back(head);
        if (step % 50 != 0) continue;
        ASSERT_EQ(map.root(), naive_root(heads));
        const Hash stranger = head_of(1000 + random() % 1000).entity;
        const auto absent = check_head(map.root(), stranger, map.path(stranger));
        ASSERT_TRUE(absent && !absent->has_value());
    }
}

// Two names whose hashes have many bits in common cannot be found; hashes that have can be put in.
TEST(HeadMap, PartsAsDeepAsItMust) {
    for (const unsigned bit : {0U, 1U, 7U, 8U, 63U, 200U, 254U}) {
        EntityHead one = head_of(1);
        EntityHead other = head_of(2);
        other.entity = one.entity;
        other.entity.bytes[bit / 8] ^= static_cast<std::byte>(0x80U >> bit % 8);
        HeadMap map;
        map.set(one);
        map.set(other);
        map.set(head_of(3));
        const Hash root = naive_root({one, other, head_of(3)});
        ASSERT_EQ(map.root(), root);
        for (const EntityHead& head : {one, other}) {
            const HeadPath path = map.path(head.entity);
            ASSERT_GT(path.siblings.size(), bit);
            const auto checked = check_head(root, head.entity, path);
            ASSERT_TRUE(checked && *checked == head);
        }
        // One that shares all bits but the last with them, and has no event.
        Hash absent = one.entity;
        absent.bytes[31] ^= std::byte{1};
        const auto checked = check_head(root, absent, map.path(absent));
        ASSERT_TRUE(checked && !checked->has_value());
    }
}

TEST(HeadMap, APathThatLeadsElsewhereProvesNothing) {
    HeadMap map;
    for (unsigned i = 0; i < 50; ++i) map.set(head_of(i));
    const Hash root = map.root();
    for (unsigned i = 0; i < 50; ++i) {
        for (unsigned j = 0; j < 50; ++j) {
            const HeadPath path = map.path(head_of(j).entity);
            if (i == j) continue;
            ASSERT_EQ(why(root, head_of(i).entity, path), Reason::HeadNotInMap);
        }
        // Absence cannot be said of what is there, by leaving it out.
        HeadPath path = map.path(head_of(i).entity);
        path.found.reset();
        ASSERT_EQ(why(root, head_of(i).entity, path), Reason::HeadNotInMap);
        path = map.path(head_of(i).entity);
        path.siblings.pop_back();
        ASSERT_EQ(why(root, head_of(i).entity, path), Reason::HeadNotInMap);
        path = map.path(head_of(i).entity);
        path.siblings.resize(path.siblings.size() + 1);
        ASSERT_EQ(why(root, head_of(i).entity, path), Reason::HeadNotInMap);
    }
    HeadPath deep;
    deep.siblings.resize(HeadPath::kSiblingsMax + 1);
    EXPECT_EQ(why(root, head_of(0).entity, deep), Reason::Malformed);
}

// A leaf that a liar put where its entity does not belong is not found by others.
TEST(HeadMap, ALeafInAnotherPlaceProvesNoAbsence) {
    for (std::uint64_t number = 0; number < 16; ++number) {
        const EntityHead head = head_of(number);
        const Hash leaf = naive_root({head});
        const bool is_one = naive_bit(head.entity, 0);
        const Hash root = naive_hash(
            "batpak.v1 entity head node",
            {is_one ? leaf.view() : Hash().view(), is_one ? Hash().view() : leaf.view()});
        Hash stranger = head.entity;
        flip(stranger, 7);  // bit 0 of D is the highest of the first byte
        const HeadPath path{.found = head, .siblings = {Hash()}};
        ASSERT_EQ(why(root, stranger, path), Reason::HeadNotInMap);
    }
}

// All of it once, and for a change the way from it to the root: a hash for each branch, and one
// where an entity alone stands beside the way.
TEST(HeadMap, HashesOnePathForAChange) {
    constexpr std::uint64_t kEntities = 100'000;
    HeadMap map;
    for (std::uint64_t i = 0; i < kEntities; ++i) map.set(head_of(i));
    EXPECT_EQ(map.hashes_computed(), 0U);
    (void)map.root();
    const std::uint64_t at_once = map.hashes_computed();
    EXPECT_LT(at_once, 5 * kEntities / 2);
    RecordProperty("hashes", static_cast<int>(at_once));
    std::uint64_t most = 0;
    for (std::uint64_t i = 0; i < 1000; ++i) {
        const std::uint64_t before = map.hashes_computed();
        map.set(head_of(i * 97, 5));
        (void)map.root();
        const std::uint64_t cost = map.hashes_computed() - before;
        most = std::max(most, cost);
        ASSERT_LE(cost, 2 * map.path(head_of(i * 97).entity).siblings.size() + 1);
    }
    EXPECT_LE(most, 45U);
    RecordProperty("hashes_of_a_change", static_cast<int>(most));
    const std::uint64_t before = map.hashes_computed();
    (void)map.root();
    EXPECT_EQ(map.hashes_computed(), before);
}

}  // namespace
}  // namespace batpak::proof
