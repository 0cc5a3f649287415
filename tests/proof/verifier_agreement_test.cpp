// Goal:   the library and batpak-verify, which shares no code with it, say the same of every text:
//         accepted, or refused for the same reason.
// Method: the verifier's one source is compiled into this test. Each bit of proofs of random logs
//         is flipped, they are cut at every byte, and both are asked. 3 proofs, or with
//         BATPAK_EXHAUSTIVE=1 as many as the bar is, 200.
#include <gtest/gtest.h>

#include <random>

#include "proof/log_fixture.hpp"
#include "support/seeds.hpp"

// The verifier lies in the namespace of this file alone.
#define main batpak_verify_main
#include "../../tools/verify/batpak_verify.cpp"
#undef main

namespace batpak::proof {
namespace {

class VerifierAgreement : public LogFixture {
protected:
    static std::string of_library(const std::string& text, const TrustPolicy& policy) {
        const auto verified = verify_event(text, policy);
        return verified ? "valid" : std::string(to_string(verified.error().reason()));
    }
    static std::string of_library(const std::string& text, const SignedCheckpoint& older,
                                  const TrustPolicy& policy) {
        const auto verified = verify_growth(text, older, policy);
        return verified ? "valid" : std::string(to_string(verified.error().reason()));
    }
    static std::string of_verifier(const std::string& text, const ::Question& question) {
        try {
            (void)::verify(text, question);
            return "valid";
        } catch (const ::Refused& refused) {
            return refused.reason;
        }
    }
};

TEST_F(VerifierAgreement, OnEveryFlippedBitAndEveryCut) {
    const bool is_exhaustive = testing::number_from_environment("BATPAK_EXHAUSTIVE").has_value();
    const std::uint64_t seed =
        testing::number_from_environment("BATPAK_SEED").value_or(std::random_device()());
    SCOPED_TRACE("BATPAK_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    Store store = open();
    const VerifierKey key = make_key(store);
    const TrustPolicy policy = TrustPolicy::of_logs({key});
    const ::Question question{::Policy("log " + key.to_string() + "\nquorum none\n"), {}, {}};
    LogTree tree(store);
    std::uint64_t asked = 0;
    // Short proofs have few bits: there are more rounds then.
    for (int round = 0; round < (is_exhaustive ? 200 : 3) || asked <= 20'000; ++round) {
        append(store, 1 + random() % 30);
        const SignedCheckpoint note = sign(store).value();
        const Sequence event(random() % note.head().size);
        const auto disclose = random() % 2 == 0 ? Disclose::Header : Disclose::Everything;
        const std::string proof = prove_event(store, tree, event, note, disclose).value();
        ASSERT_EQ(of_library(proof, policy), "valid");
        ASSERT_EQ(of_verifier(proof, question), "valid");
        const auto compare = [&](const std::string& text) {
            const std::string reason = of_library(text, policy);
            ASSERT_NE(reason, "valid") << text;
            ASSERT_EQ(of_verifier(text, question), reason) << text;
            ++asked;
        };
        for (std::size_t bit = 0; bit < proof.size() * 8; ++bit) {
            std::string wrong = proof;
            wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ (1 << (bit % 8)));
            compare(wrong);
            if (HasFatalFailure()) return;
        }
        for (std::size_t cut = 0; cut < proof.size(); cut += is_exhaustive ? 1 : 7)
            compare(proof.substr(0, cut));
    }
    RecordProperty("texts", static_cast<int>(asked));
    EXPECT_GT(asked, 20'000U);
}

TEST_F(VerifierAgreement, OnProofsOfGrowth) {
    Store store = open();
    const VerifierKey key = make_key(store);
    const TrustPolicy policy = TrustPolicy::of_logs({key});
    append(store, 5);
    const SignedCheckpoint older = sign(store).value();
    append(store, 8);
    const SignedCheckpoint newer = sign(store).value();
    LogTree tree(store);
    const std::string proof = prove_growth(tree, older.head().size, newer).value();
    const ::Question question{
        ::Policy("log " + key.to_string() + "\nquorum none\n"), older.note(), {}};
    ASSERT_EQ(of_library(proof, older, policy), "valid");
    ASSERT_EQ(of_verifier(proof, question), "valid");
    for (std::size_t bit = 0; bit < proof.size() * 8; ++bit) {
        std::string wrong = proof;
        wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ (1 << (bit % 8)));
        const std::string reason = of_library(wrong, older, policy);
        ASSERT_NE(reason, "valid") << wrong;
        // What does not begin as a proof of growth is a checkpoint to the verifier.
        if (bit < 8 * std::size("old ") - 8) continue;
        ASSERT_EQ(of_verifier(wrong, question), reason) << wrong;
    }
    for (std::size_t cut = 4; cut < proof.size(); ++cut) {
        const std::string part = proof.substr(0, cut);
        ASSERT_EQ(of_verifier(part, question), of_library(part, older, policy)) << part;
    }
}

}  // namespace
}  // namespace batpak::proof
