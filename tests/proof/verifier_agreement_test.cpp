// Goal:   the library and batpak-verify, which shares no code with it, say the same of every text:
//         accepted, or refused for the same reason.
// Method: the verifier's one source is compiled into this test. Each bit of proofs of random logs
//         is flipped, they are cut at every byte, and both are asked. 3 proofs, or with
//         BATPAK_EXHAUSTIVE=1 as many as the bar is, 200.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "base/hash/blake3_context.hpp"
#include "proof/evidence.hpp"
#include "proof/heads_record.hpp"
#include "proof/log_fixture.hpp"
#include "store/system_events.hpp"
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
    static std::string of_library(const std::string& text, std::string_view entity, bool is_there,
                                  const TrustPolicy& policy) {
        const auto verified =
            is_there ? verify_head(text, entity, policy) : verify_absence(text, entity, policy);
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

// With the question, no flipped bit passes. Without it, one in the name can give the proof of
// another entity's absence, which is true: then all say so.
TEST_F(VerifierAgreement, OnHeadsAndAbsences) {
    Store store = open();
    const VerifierKey key = make_key(store);
    const TrustPolicy policy = TrustPolicy::of_logs({key});
    const ::Question any{::Policy("log " + key.to_string() + "\nquorum none\n")};
    append(store, 11);
    EntityHeads heads(store);
    record_heads(store, heads).value();
    append(store, 2);
    const SignedCheckpoint note = sign(store).value();
    LogTree tree(store);
    std::set<std::string> reasons;
    for (const std::string entity : {"player:bob", "player:carol"}) {
        const bool is_there = entity == "player:bob";
        const std::string proof = is_there
                                      ? prove_head(store, tree, heads, entity, note).value()
                                      : prove_absence(store, tree, heads, entity, note).value();
        ::Question asked = any;
        (is_there ? asked.head : asked.absent) = entity;
        ASSERT_EQ(of_library(proof, entity, is_there, policy), "valid");
        ASSERT_EQ(of_verifier(proof, asked), "valid");
        const auto compare = [&](const std::string& text, bool is_asked_for_any) {
            const std::string reason = of_library(text, entity, is_there, policy);
            ASSERT_NE(reason, "valid") << text;
            ASSERT_EQ(of_verifier(text, asked), reason) << text;
            if (is_asked_for_any) {
                ASSERT_EQ(of_verifier(text, any), of_library(text, policy)) << text;
            }
            reasons.insert(reason);
        };
        for (std::size_t bit = 0; bit < proof.size() * 8; ++bit) {
            std::string wrong = proof;
            wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ (1 << (bit % 8)));
            // What does not begin as a proof of an event is a checkpoint to the verifier.
            if (bit < 8 * 23) continue;
            compare(wrong, bit % 8 == 0);
            if (HasFatalFailure()) return;
        }
        for (std::size_t cut = 23; cut < proof.size(); cut += 5)
            compare(proof.substr(0, cut), true);
        // Another question about the same proof.
        std::swap(asked.head, asked.absent);
        ASSERT_EQ(of_verifier(proof, asked), "another-question");
        ASSERT_EQ(of_library(proof, entity, !is_there, policy), "another-question");
    }
    for (const char* const reason : {"malformed", "wrong-root", "content-not-in-event",
                                     "payload-not-in-content", "head-not-in-map"}) {
        EXPECT_TRUE(reasons.contains(reason)) << reason;
    }
}

// What an operator can append who lies: the log's half of such a proof is whole.
TEST_F(VerifierAgreement, OnRecordsThatLie) {
    Store store = open();
    const VerifierKey key = make_key(store);
    const TrustPolicy policy = TrustPolicy::of_logs({key});
    const ::Question any{::Policy("log " + key.to_string() + "\nquorum none\n")};
    append(store, 5);
    const EntityHead head{.entity = entity_hash("player:bob"), .version = Version(0), .event = {}};
    HeadMap alone;
    alone.set(head);
    const Hash leaf = alone.root();
    const Coordinate own = Coordinate::create(kHeadsEntity, system_kinds::kSystemScope).value();
    const auto reason_of = [&](const HeadsRecorded& record, const Coordinate& coordinate,
                               std::optional<EventKind> by, const HeadEvidence& shown) {
        if (by) {
            // The bytes of the first record, in an event of the application.
            const Bytes bytes = store.get<Bytes>(Sequence(5)).value().payload();
            store.append_raw(coordinate, *by, bytes).value();
        } else {
            BatchBuilder batch;
            store::SystemEvents::add(batch, coordinate, record, {});
            store.append_batch(std::move(batch)).value();
        }
        const SignedCheckpoint note = sign(store).value();
        LogTree tree(store);
        const Sequence last(note.head().size - 1);
        std::string proof = prove_event(store, tree, last, note, Disclose::Everything).value();
        const std::size_t begin = proof.find("extra ") + 6;
        const std::size_t end = proof.find('\n', begin);
        Evidence evidence =
            Evidence::decode(from_base64(proof.substr(begin, end - begin)).value()).value();
        evidence.head = shown;
        proof.replace(begin, end - begin, to_base64(evidence.encode()));
        const std::string reason = of_library(proof, policy);
        EXPECT_EQ(of_verifier(proof, any), reason);
        return reason;
    };
    const HeadEvidence at_top{.path = {.found = head, .siblings = {}}, .entity = "player:bob"};
    const HeadsRecorded one{.size = 1, .heads = leaf, .entities = 1};
    // It is believed what it says, until all is read.
    EXPECT_EQ(reason_of(one, own, {}, at_top), "valid");
    EXPECT_EQ(reason_of({.size = 7, .heads = leaf, .entities = 1}, own, {}, at_top),
              "not-a-heads-record");
    EXPECT_EQ(reason_of({.size = 7, .heads = leaf, .entities = 1}, own, {}, at_top), "valid");
    // A leaf where its bits do not lead: that would be the absence of another one.
    const bool is_one = (std::to_integer<unsigned>(head.entity.bytes[0]) & 0x80U) != 0;
    Bytes pair(64);
    std::ranges::copy(leaf.bytes, pair.begin() + (is_one ? 0 : 32));
    const Hash misplaced = Blake3Context("batpak.v1 entity head node").hash({pair});
    HeadEvidence other{.path = {.found = head, .siblings = {Hash()}}, .entity = "x"};
    while (((std::to_integer<unsigned>(entity_hash(other.entity).bytes[0]) & 0x80U) != 0) == is_one)
        other.entity += "x";
    EXPECT_EQ(reason_of({.size = 1, .heads = misplaced, .entities = 1}, own, {}, other),
              "head-not-in-map");
    EXPECT_EQ(reason_of(one, Coordinate::create("batpak:other", system_kinds::kSystemScope).value(),
                        {}, at_top),
              "not-a-heads-record");
    EXPECT_EQ(reason_of(one, Coordinate::create(kHeadsEntity, "other").value(), {}, at_top),
              "not-a-heads-record");
    EXPECT_EQ(reason_of(one, own, kind, at_top), "not-a-heads-record");
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
