// Goal:   both forms of a posting list answer at() and lower_bound() alike, and a forged one cannot
//         do harm.
// Method: lists of every length around the border of a block and random long ones, against a plain
//         vector; then random bytes in place of the blocks.
#include "store/index/postings.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <thread>

#include "support/faults/throwing_assert.hpp"

namespace batpak::store {
namespace {

using Ordinals = std::vector<std::uint32_t>;

Ordinals random_list(std::size_t count, std::uint32_t gap_max, std::mt19937_64& random) {
    Ordinals list(count);
    std::uint32_t next = static_cast<std::uint32_t>(random() % gap_max);
    for (std::uint32_t& ordinal : list) {
        ordinal = next;
        next += 1 + static_cast<std::uint32_t>(random() % gap_max);
    }
    return list;
}

void expect_same(Postings postings, const Ordinals& list) {
    const auto count = static_cast<std::uint32_t>(list.size());
    ASSERT_EQ(postings.count(), count);
    for (std::uint32_t i = 0; i < count; ++i) ASSERT_EQ(postings.at(i), list[i]);
    for (std::uint32_t i = count; i-- > 0;) ASSERT_EQ(postings.at(i), list[i]);
    const auto expect_bound = [&](std::uint32_t ordinal) {
        const auto bound = std::ranges::lower_bound(list, ordinal) - list.begin();
        ASSERT_EQ(postings.lower_bound(ordinal), static_cast<std::uint32_t>(bound)) << ordinal;
    };
    for (const std::uint32_t ordinal : list) {
        if (ordinal > 0) expect_bound(ordinal - 1);
        expect_bound(ordinal);
        expect_bound(ordinal + 1);
    }
    expect_bound(0);
    expect_bound(UINT32_MAX);
}

TEST(Postings, BothFormsAreThePlainList) {
    std::mt19937_64 random(1);
    for (const std::size_t count :
         {0U, 1U, 2U, 4U, 5U, 127U, 128U, 129U, 255U, 256U, 257U, 1000U, 5000U}) {
        for (const std::uint32_t gap : {1U, 2U, 127U, 128U, 129U, 16384U, 400'000U}) {
            SCOPED_TRACE(std::to_string(count) + " with gaps to " + std::to_string(gap));
            const Ordinals list = random_list(count, gap, random);
            Buffer before;  // blocks need not stand at the start
            before.append(as_bytes("something else"));
            const std::size_t start = before.size();
            encode_postings(before, list);
            expect_same(Postings(before.view().subspan(start), static_cast<std::uint32_t>(count)),
                        list);
            expect_same(Postings(list), list);
        }
    }
}

TEST(Postings, HoldTheHighestOrdinals) {
    const Ordinals list = {0, 1, UINT32_MAX - 2, UINT32_MAX - 1};
    Buffer blocks;
    encode_postings(blocks, list);
    expect_same(Postings(blocks.view(), 4), list);
}

TEST(Postings, StopAtTheirEnd) {
    Buffer blocks;
    encode_postings(blocks, Ordinals{1, 2});
    Postings postings(blocks.view(), 2);
    EXPECT_DEATH((void)postings.at(2), "index < count_");
}

TEST(Postings, ForgedBlocksDoNoHarm) {
    std::mt19937_64 random(2);
    for (int round = 0; round < 3000; ++round) {
        Bytes bytes(random() % 60);
        for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
        const auto count = static_cast<std::uint32_t>(random() % 400);
        Postings postings(BytesView(bytes), count);
        for (std::uint32_t i = 0; i < count; ++i) (void)postings.at(i);
        for (int i = 0; i < 20; ++i) {
            ASSERT_LE(postings.lower_bound(static_cast<std::uint32_t>(random())), count);
        }
    }
}

TEST(PostingList, KeepsEveryViewItGave) {
    Arena arena;
    PostingList list;
    std::vector<std::span<const std::uint32_t>> views;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        views.push_back(list.view());
        list.push_back(arena, i * 3);
    }
    for (std::size_t size = 0; size < views.size(); ++size) {
        ASSERT_EQ(views[size].size(), size);
        for (std::uint32_t i = 0; i < size; ++i) ASSERT_EQ(views[size][i], i * 3);
    }
}

TEST(PostingList, GrowsOnlyUpwards) {
    Arena arena;
    PostingList list;
    list.push_back(arena, 5);
    const testing::ThrowingAssert throwing;
    EXPECT_THROW(list.push_back(arena, 5), testing::AssertFailed);
    EXPECT_THROW(list.push_back(arena, 4), testing::AssertFailed);
}

}  // namespace
}  // namespace batpak::store
