#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <set>
#include <thread>

#include "batpak/base/detail/fork.hpp"
#include "batpak/base/environment.hpp"
#include "support/child_process.hpp"

namespace batpak::testing {
namespace {

using Draw = std::array<std::byte, 16>;

Draw draw(Entropy& entropy) {
    Draw drawn{};
    entropy.fill(drawn);
    return drawn;
}

TEST(Fork, TheGenerationRisesInTheChildAndOnlyThere) {
    const std::uint64_t before = fork_generation();
    const int answer = run_in_child([before] {
        const bool raised = fork_generation() == before + 1;
        const int grandchild =
            run_in_child([before] { return fork_generation() == before + 2 ? 0 : 1; });
        return raised && grandchild == 0 && fork_generation() == before + 1 ? 0 : 1;
    });
    EXPECT_EQ(answer, 0);
    EXPECT_EQ(fork_generation(), before);
}

TEST(RealEntropy, NeverRepeatsOverManyPools) {
    const auto entropy = real_entropy();
    std::set<Draw> seen;
    for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(seen.insert(draw(*entropy)).second);
}

TEST(RealEntropy, FillsEverySizeToItsLastByte) {
    const auto entropy = real_entropy();
    for (const std::size_t size : {0U, 1U, 7U, 255U, 256U, 257U, 4095U, 4096U, 4097U, 100'000U}) {
        // A byte that is zero in 20 fills of random bytes was not filled.
        Bytes ever(size);
        Bytes bytes(size + 1, std::byte{0});
        for (int round = 0; round < 20; ++round) {
            entropy->fill(MutableBytesView(bytes).first(size));
            for (std::size_t i = 0; i < size; ++i) ever[i] |= bytes[i];
        }
        EXPECT_EQ(std::count(ever.begin(), ever.end(), std::byte{0}), 0) << size;
        EXPECT_EQ(bytes[size], std::byte{0});
    }
}

TEST(RealEntropy, AChildDoesNotRepeatItsParentNorItsSibling) {
    const auto entropy = real_entropy();
    (void)draw(*entropy);  // so that there is a pool to inherit
    auto* const drawn = static_cast<Draw*>(::mmap(nullptr, 2 * sizeof(Draw), PROT_READ | PROT_WRITE,
                                                  MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    ASSERT_NE(drawn, MAP_FAILED);
    for (int i = 0; i < 2; ++i) {
        const int answer = run_in_child([&] {
            drawn[i] = draw(*entropy);
            return 0;
        });
        ASSERT_EQ(answer, 0);
    }
    const Draw mine = draw(*entropy);
    EXPECT_NE(mine, drawn[0]);
    EXPECT_NE(mine, drawn[1]);
    EXPECT_NE(drawn[0], drawn[1]);
    EXPECT_NE(drawn[0], Draw{});
    ::munmap(drawn, 2 * sizeof(Draw));
}

TEST(RealEntropy, ThreadsDrawDifferentBytes) {
    const auto entropy = real_entropy();
    std::array<std::vector<Draw>, 4> drawn;
    std::vector<std::thread> threads;
    for (auto& mine : drawn) {
        threads.emplace_back([&] {
            for (int i = 0; i < 1000; ++i) mine.push_back(draw(*entropy));
        });
    }
    for (std::thread& thread : threads) thread.join();
    std::set<Draw> seen;
    for (const auto& mine : drawn) seen.insert(mine.begin(), mine.end());
    EXPECT_EQ(seen.size(), 4000U);
}

}  // namespace
}  // namespace batpak::testing
