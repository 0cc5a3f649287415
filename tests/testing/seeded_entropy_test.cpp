#include "batpak/testing/environment.hpp"

#include <gtest/gtest.h>

namespace batpak::testing {
namespace {

Bytes filled(SeededEntropy& entropy, std::size_t count) {
    Bytes bytes(count);
    entropy.fill(bytes);
    return bytes;
}

TEST(SeededEntropy, OneSeedAndTheSameRequestsGiveTheSameBytes) {
    SeededEntropy first(7);
    SeededEntropy second(7);
    for (const std::size_t count : {16U, 1U, 0U, 100U})
        EXPECT_EQ(filled(first, count), filled(second, count));
}

TEST(SeededEntropy, OtherSeedsAndLaterRequestsGiveOtherBytes) {
    SeededEntropy first(7);
    SeededEntropy other(8);
    const Bytes once = filled(first, 16);
    EXPECT_NE(once, filled(other, 16));
    EXPECT_NE(once, filled(first, 16));
}

// Numbers are taken apart in one order on every machine: seeds that were printed can be used again.
TEST(SeededEntropy, TheBytesOfASeedAreKnown) {
    SeededEntropy entropy(1);
    const Bytes long_one = filled(entropy, 24);
    SeededEntropy again(1);
    const Bytes short_one = filled(again, 3);
    EXPECT_TRUE(equal_bytes(BytesView(long_one).first(3), short_one));
}

}  // namespace
}  // namespace batpak::testing
