#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "store/commit/kind_owners.hpp"

namespace batpak::store {
namespace {

// Goal:   of types that claim one kind at once, one wins, and all threads hear the same.
// Method: threads of two types, started together, for many kinds of all categories.
TEST(KindOwners, GiveAKindToOneOfManyThatComeAtOnce) {
    constexpr unsigned kThreads = 4;
    for (unsigned round = 0; round < 50; ++round) {
        KindOwners owners;
        std::atomic<unsigned> waiting{kThreads};
        std::array<std::vector<bool>, kThreads> taken;
        std::vector<std::jthread> threads;
        for (unsigned me = 0; me < kThreads; ++me) {
            threads.emplace_back([&, me] {
                const PayloadType type =
                    me % 2 == 0 ? PayloadType::of<int>() : PayloadType::of<long>();
                --waiting;
                while (waiting.load() > 0) std::this_thread::yield();
                for (unsigned number = 0; number <= 0xFFFF; number += 0x155) {
                    const EventKind kind =
                        EventKind::from_number(static_cast<std::uint16_t>(number));
                    taken[me].push_back(owners.claim(kind, 1, type).has_value());
                }
            });
        }
        threads.clear();
        for (std::size_t i = 0; i < taken[0].size(); ++i) {
            ASSERT_NE(taken[0][i], taken[1][i]);
            ASSERT_EQ(taken[0][i], taken[2][i]);
            ASSERT_EQ(taken[1][i], taken[3][i]);
        }
    }
}

}  // namespace
}  // namespace batpak::store
