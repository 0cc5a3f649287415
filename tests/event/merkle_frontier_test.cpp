#include "batpak/event/merkle_frontier.hpp"

#include <gtest/gtest.h>

#include <bit>

#include "support/faults/throwing_assert.hpp"
#include "support/store/naive_root.hpp"

namespace batpak {
namespace {

constexpr std::size_t kSizes = 600;

std::vector<Hash> leaves() {
    std::vector<Hash> leaves(kSizes);
    for (std::size_t i = 0; i < kSizes; ++i) {
        leaves[i].bytes[0] = static_cast<std::byte>(i);
        leaves[i].bytes[1] = static_cast<std::byte>(i >> 8);
    }
    return leaves;
}

TEST(MerkleFrontier, IsTheRecursiveDefinitionForEverySize) {
    const std::vector<Hash> all = leaves();
    MerkleFrontier frontier;
    for (std::size_t size = 0; size <= kSizes; ++size) {
        ASSERT_EQ(frontier.root(), testing::naive_root(std::span(all).first(size))) << size;
        ASSERT_EQ(frontier.size(), size);
        ASSERT_EQ(frontier.peaks().size(), static_cast<std::size_t>(std::popcount(size)));
        if (size < kSizes) frontier.push(all[size]);
    }
}

TEST(MerkleFrontier, GoesOnWhereItWasLeft) {
    const std::vector<Hash> all = leaves();
    MerkleFrontier whole;
    for (const Hash& leaf : all) whole.push(leaf);
    for (std::size_t cut = 0; cut < kSizes; cut += 7) {
        MerkleFrontier first;
        for (std::size_t i = 0; i < cut; ++i) first.push(all[i]);
        MerkleFrontier rest(first.size(), {first.peaks().begin(), first.peaks().end()});
        for (std::size_t i = cut; i < kSizes; ++i) rest.push(all[i]);
        ASSERT_EQ(rest.root(), whole.root()) << cut;
    }
}

TEST(MerkleFrontier, WantsOnePeakForEachBit) {
    const testing::ThrowingAssert throwing;
    EXPECT_THROW(MerkleFrontier(3, std::vector<Hash>(1)), testing::AssertFailed);
    EXPECT_NO_THROW(MerkleFrontier(3, std::vector<Hash>(2)));
}

}  // namespace
}  // namespace batpak
