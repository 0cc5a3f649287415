#include "guard/seal.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "support/child_process.hpp"

namespace batpak::guard {
namespace {

TEST(Seal, TheSamePartsGiveTheSameHashes) {
    EXPECT_EQ(digest_of({as_bytes("a"), as_bytes("b")}), digest_of({as_bytes("a"), as_bytes("b")}));
    EXPECT_EQ(mac_of({as_bytes("a"), as_bytes("b")}), mac_of({as_bytes("a"), as_bytes("b")}));
    EXPECT_FALSE(digest_of({as_bytes("a")}).is_zero());
    EXPECT_FALSE(mac_of({as_bytes("a")}).is_zero());
}

TEST(Seal, EveryFlippedBitChangesBoth) {
    std::array<std::byte, 24> bytes{};
    std::set<std::string> digests{to_hex(digest_of({bytes}).view())};
    std::set<std::string> macs{to_hex(mac_of({bytes}).view())};
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        const auto mask = static_cast<std::byte>(1U << (bit % 8));
        bytes[bit / 8] ^= mask;
        EXPECT_TRUE(digests.insert(to_hex(digest_of({bytes}).view())).second) << bit;
        EXPECT_TRUE(macs.insert(to_hex(mac_of({bytes}).view())).second) << bit;
        bytes[bit / 8] ^= mask;
    }
}

TEST(Seal, AMacIsNoDigest) { EXPECT_NE(mac_of({as_bytes("a")}), digest_of({as_bytes("a")})); }

// A child has its parent's key; a process that is started anew draws its own, which no test of one
// process can see. What must hold in all of them is the digest.
TEST(Seal, AChildComputesWhatItsParentDoes) {
    const Hash mac = mac_of({as_bytes("receipt")});
    const Hash digest = digest_of({as_bytes("receipt")});
    const int answer = testing::run_in_child([&] {
        return mac_of({as_bytes("receipt")}) == mac && digest_of({as_bytes("receipt")}) == digest
                   ? 0
                   : 1;
    });
    EXPECT_EQ(answer, 0);
}

}  // namespace
}  // namespace batpak::guard
