// Goal:   a policy means what it says, and is refused where it may have been meant otherwise.
// Method: a good policy, and each way to make it a bad one.
#include "batpak/proof/trust_policy.hpp"

#include <gtest/gtest.h>

#include "proof/support.hpp"

namespace batpak::proof {
namespace {

TEST(TrustPolicy, IsRefusedWithItsLine) {
    const std::string log = "log " + std::string(kExampleVerifierKey) + "\n";
    const std::string one = "witness w " + witness_key("w", 1).to_string() + "\n";
    const std::string two = one + "witness v " + witness_key("v", 2).to_string() + "\n";
    const std::string none = "quorum none\n";
    ASSERT_TRUE(TrustPolicy::parse(log + two + "group g all w v\nquorum g\n"));
    for (const std::string& bad :
         {none, log + none + "nonsense\n", log + "quorum w\n", log + one + one + none,
          log + one + with(one, "witness w", "witness v") + none,
          // The same key under another name of its own.
          log + one + "witness v " + witness_key("v", 1).to_string() + "\n" + none,
          log + "witness w " + std::string(kExampleVerifierKey) + "\n" + none,
          log + one + "group g 2 w\n" + none, log + one + "group g 0 w\n" + none,
          log + one + "group g any w w\n" + none, log + "group g any w\n" + none,
          // One signature in two groups.
          log + two + "group g any w v\ngroup h any w\ngroup both all g h\nquorum both\n",
          log + none + none, "log x\n" + none,
          log + "witness none " + witness_key("w", 1).to_string() + "\n" + none,
          // A line that was lost.
          log, log + one, std::string()}) {
        const auto parsed = TrustPolicy::parse(bad);
        ASSERT_FALSE(parsed) << bad;
        EXPECT_EQ(parsed.error().reason(), Reason::Malformed);
    }
}

TEST(TrustPolicy, HasAtMost32OfEach) {
    std::string text = "quorum none\n";
    for (std::size_t i = 0; i < TrustPolicy::kEntriesMax; ++i)
        text += "log " + std::string(kExampleVerifierKey) + "\n";
    EXPECT_TRUE(TrustPolicy::parse(text));
    EXPECT_FALSE(TrustPolicy::parse(text + "log " + std::string(kExampleVerifierKey)));
}

}  // namespace
}  // namespace batpak::proof
