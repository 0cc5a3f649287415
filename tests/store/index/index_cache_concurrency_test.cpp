// Goal:   what readers copy out of the cache of index blocks is the block that they asked for, and
//         index files that are damaged under many readers change no answer (INV I3).
// Method: threads keep and copy blocks, four times as many as there is room for, whose every word
//         says whose it is. Then threads read a store whose index files are cut meanwhile.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <thread>

#include "store/index/block_cache.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak {
namespace {

constexpr std::uint64_t kThreads = 4;

void run_threads(const std::function<void(std::uint64_t)>& body) {
    std::vector<std::jthread> threads;
    for (std::uint64_t i = 0; i < kThreads; ++i) threads.emplace_back([&body, i] { body(i); });
}

TEST(BlockCacheConcurrency, GivesOnlyTheBlockThatWasAskedFor) {
    constexpr std::uint64_t kBlocks = 64;
    constexpr std::size_t kWords = store::kIndexBlockBytes / 8;
    store::BlockCache cache(store::kIndexCacheBytesMin);
    ASSERT_EQ(cache.take_numbers(kBlocks), 0U);
    std::atomic<std::uint64_t> found{0};
    run_threads([&](std::uint64_t seed) {
        std::mt19937_64 random(seed);
        std::array<std::uint64_t, kWords> words;
        for (int round = 0; round < 30'000; ++round) {
            const std::uint64_t number = random() % kBlocks;
            const std::size_t at = random() % 40;
            std::array<std::byte, store::kIndexBlockBytes - 40> piece;
            if (!cache.copy(number, at, piece)) {
                words.fill(number * 0x0101010101010101U);
                cache.keep(number, std::as_bytes(std::span(words)));
                continue;
            }
            found.fetch_add(1);
            const bool is_right = std::ranges::all_of(
                piece, [&](std::byte byte) { return byte == static_cast<std::byte>(number); });
            ASSERT_TRUE(is_right);
        }
    });
    EXPECT_GT(found.load(), 0U);
}

struct IndexCacheConcurrency : testing::StoreFixture {};

TEST_F(IndexCacheConcurrency, DamageUnderManyReadersChangesNoAnswer) {
    constexpr std::uint64_t kEvents = 600;
    config = config.with_segment_bytes(16 << 10).with_index_cache_bytes(store::kIndexCacheBytesMin);
    const Store store = [&] {
        Store made = open();
        for (std::uint64_t i = 0; i < kEvents; ++i)
            EXPECT_TRUE(made.append_raw(i % 3 == 0 ? alice : bob, kind, payload));
        EXPECT_TRUE(std::move(made).close());
        return open();
    }();
    std::vector<EventId> ids;
    for (std::uint64_t i = 0; i < kEvents; ++i)
        ids.push_back(store.find(Sequence(i)).value()->event_id());
    std::atomic<int> rounds{0};
    run_threads([&](std::uint64_t number) {
        std::mt19937_64 random(number);
        for (int round = 0; round < 60; ++round) {
            if (number == 0 && round % 20 == 10) {
                for (const std::string& path : disk->file_paths()) {
                    if (!path.ends_with(".bpx")) continue;
                    ASSERT_TRUE(disk->put(path, as_bytes("cut")));
                }
            }
            const std::uint64_t sequence = random() % kEvents;
            const auto found = store.find(ids[sequence]);
            ASSERT_TRUE(found) << found.error().to_string();
            ASSERT_EQ((*found)->sequence(), Sequence(sequence));
            std::uint64_t events = 0;
            for (const auto& event : store.stream("player:alice")) events += event ? 1U : 0U;
            ASSERT_EQ(events, kEvents / 3);
            rounds.fetch_add(1);
        }
    });
    EXPECT_EQ(rounds.load(), static_cast<int>(kThreads) * 60);
}

}  // namespace
}  // namespace batpak
