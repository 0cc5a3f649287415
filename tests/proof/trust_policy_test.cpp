// Goal:   a policy means what it says, and is refused where it may have been meant otherwise.
// Method: a good policy, and each way to make it a bad one; policies of chance, whose quorum a
//         model that asks from the top down judges for every set of witnesses.
#include "batpak/proof/trust_policy.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include "proof/support.hpp"
#include "support/seeds.hpp"

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

TEST(TrustPolicy, HasAtMost32Logs) {
    std::string text = "quorum none\n";
    for (std::size_t i = 0; i < TrustPolicy::kEntriesMax; ++i)
        text += "log " + std::string(kExampleVerifierKey) + "\n";
    EXPECT_TRUE(TrustPolicy::parse(text));
    EXPECT_FALSE(TrustPolicy::parse(text + "log " + std::string(kExampleVerifierKey)));
}

TEST(TrustPolicy, HasAtMost32WitnessesAndGroups) {
    std::string text = "quorum none\nlog " + std::string(kExampleVerifierKey) + "\n";
    const auto witness = [](std::size_t number) {
        const std::string name = "w" + std::to_string(number);
        return "witness " + name + " " +
               witness_key(name, static_cast<std::uint8_t>(number)).to_string() + "\n";
    };
    for (std::size_t i = 0; i < TrustPolicy::kEntriesMax; ++i) text += witness(i);
    EXPECT_TRUE(TrustPolicy::parse(text));
    EXPECT_FALSE(TrustPolicy::parse(text + witness(TrustPolicy::kEntriesMax)));
    // Each group has the one before it as its member.
    std::string member = "w0";
    const auto group = [&](std::size_t number) {
        const std::string name = "g" + std::to_string(number);
        const std::string line = "group " + name + " any " + member + "\n";
        member = name;
        return line;
    };
    for (std::size_t i = 0; i < TrustPolicy::kEntriesMax; ++i) text += group(i);
    EXPECT_TRUE(TrustPolicy::parse(text));
    EXPECT_FALSE(TrustPolicy::parse(text + group(TrustPolicy::kEntriesMax)));
}

TEST(TrustPolicy, ARefusalNamesTheLine) {
    const std::string log = "log " + std::string(kExampleVerifierKey) + "\n";
    EXPECT_EQ(TrustPolicy::parse("\n# a comment\n" + log + "qorum none\n").error().detail(),
              "line 4 of the policy: a line begins with log, witness, group or quorum");
    EXPECT_EQ(TrustPolicy::parse("quorum none\n\nlog x").error().detail(),
              "line 3 of the policy: that is no key of a log");
    EXPECT_EQ(TrustPolicy::parse("quorum none").error().detail(), "the policy names no log");
}

TEST(TrustPolicy, SpacesCommentsAndAddressesMeanNothing) {
    const std::string key(kExampleVerifierKey);
    const std::string witness = witness_key("w", 1).to_string();
    const auto policy = TrustPolicy::parse("# head\n\n \t log\t" + key +
                                           "  https://a.example \n\t#x\n" + "witness w " + witness +
                                           " https://b.example\n" + "group  g all\tw\nquorum g");
    ASSERT_TRUE(policy) << policy.error().detail();
    ASSERT_EQ(policy->logs().size(), 1U);
    EXPECT_EQ(policy->logs()[0].to_string(), key);
    ASSERT_EQ(policy->witnesses().size(), 1U);
    EXPECT_EQ(policy->witnesses()[0].name, "w");
    EXPECT_EQ(policy->witnesses()[0].key.to_string(), witness);
    EXPECT_TRUE(policy->is_quorum({"w"}));
    EXPECT_FALSE(policy->is_quorum({}));
    for (const std::string& bad :
         {"log " + key + " u v\nquorum none\n", "log " + key + "\nquorum none none\n",
          "log " + key + "\r\nquorum none\r\n", "log " + key + " # x y\nquorum none\n",
          "LOG " + key + "\nquorum none\n", std::string("log\nquorum none\n")})
        EXPECT_FALSE(TrustPolicy::parse(bad)) << bad;
}

// ---- quorums

// A witness, or a group of others.
struct Node {
    std::string name{};
    std::size_t needs = 0;
    std::vector<const Node*> members{};  // none: a witness
};

bool holds(const Node& node, const std::set<std::string>& signed_by) {
    if (node.members.empty()) return signed_by.contains(node.name);
    std::size_t holding = 0;
    for (const Node* const member : node.members) holding += holds(*member, signed_by) ? 1U : 0U;
    return holding >= node.needs;
}

// A policy over five witnesses: one group after another takes some of what is in no group yet.
struct RandomPolicy {
    explicit RandomPolicy(std::mt19937_64& random) {
        nodes.reserve(16);  // members point into it
        std::vector<const Node*> free;
        for (int i = 0; i < 5; ++i)
            free.push_back(&nodes.emplace_back(Node{"w" + std::to_string(i), 0, {}}));
        const std::size_t groups = random() % 5;
        for (std::size_t i = 0; i < groups && free.size() > 1; ++i) {
            std::shuffle(free.begin(), free.end(), random);
            Node group{"g" + std::to_string(i), 0, {}};
            const std::size_t count = 1 + random() % free.size();
            group.members.assign(free.end() - static_cast<std::ptrdiff_t>(count), free.end());
            free.resize(free.size() - count);
            group.needs = 1 + random() % count;
            free.push_back(&nodes.emplace_back(std::move(group)));
        }
        quorum = free[random() % free.size()];
    }
    std::string text() const {
        std::string made = "log " + std::string(kExampleVerifierKey) + "\n";
        for (const Node& node : nodes) {
            if (node.members.empty()) {
                const auto seed = static_cast<std::uint8_t>(node.name[1]);
                made += "witness " + node.name + " " + witness_key(node.name, seed).to_string();
            } else {
                made += "group " + node.name + " " + std::to_string(node.needs);
                for (const Node* const member : node.members) made += " " + member->name;
            }
            made += "\n";
        }
        return made + "quorum " + quorum->name + "\n";
    }

    std::vector<Node> nodes;
    const Node* quorum = nullptr;
};

TEST(TrustPolicy, AQuorumIsWhatAModelSaysForEverySetOfWitnesses) {
    const std::uint64_t seed =
        testing::number_from_environment("BATPAK_SEED").value_or(std::random_device()());
    SCOPED_TRACE("BATPAK_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    std::size_t enough = 0;
    std::size_t too_few = 0;
    for (int round = 0; round < 300; ++round) {
        const RandomPolicy made(random);
        const auto policy = TrustPolicy::parse(made.text());
        ASSERT_TRUE(policy) << policy.error().detail() << "\n" << made.text();
        for (unsigned set = 0; set < 32; ++set) {
            std::set<std::string> signed_by;
            for (unsigned i = 0; i < 5; ++i) {
                if ((set >> i & 1U) != 0) signed_by.insert("w" + std::to_string(i));
            }
            const bool expected = holds(*made.quorum, signed_by);
            ASSERT_EQ(policy->is_quorum(signed_by), expected) << set << "\n" << made.text();
            ++(expected ? enough : too_few);
        }
    }
    EXPECT_GT(enough, 1000U);
    EXPECT_GT(too_few, 1000U);
}

}  // namespace
}  // namespace batpak::proof
