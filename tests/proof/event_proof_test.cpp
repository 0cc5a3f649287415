// Goal:   a proof convinces of exactly one event of exactly one log, and no other text does
//         (INV T3).
// Method: proofs of a store's events are checked without it; every bit of them is flipped, they are
//         cut at every byte, and put together from parts of others. What each refusal is called is
//         compared where a part is spoilt on purpose.
#include "batpak/proof/event_proof.hpp"

#include <gtest/gtest.h>

#include "proof/base64.hpp"
#include "proof/evidence.hpp"
#include "proof/log_fixture.hpp"

namespace batpak::proof {
namespace {

using testing::code_of;

class EventProofTest : public LogFixture {
protected:
    EventProofTest() : store_(open()), policy_(TrustPolicy::of_logs({make_key(store_)})) {
        append(store_, 20);
        checkpoint_.emplace(sign(store_).value());
        append(store_, 3);
    }
    std::string prove(std::uint64_t event, Disclose disclose = Disclose::Everything) {
        LogTree tree(store_);
        return prove_event(store_, tree, Sequence(event), *checkpoint_, disclose).value();
    }
    Reason why(std::string_view proof, const std::optional<Hash>& known = {}) {
        const auto verified = verify_event(proof, policy_, known);
        EXPECT_FALSE(verified) << proof;
        return verified ? Reason::Malformed : verified.error().reason();
    }
    // The proof with its line `extra` changed.
    template <class Change>
    std::string with_evidence(std::string proof, Change change) {
        const std::size_t begin = proof.find("extra ") + 6;
        const std::size_t end = proof.find('\n', begin);
        Evidence evidence =
            Evidence::decode(from_base64(proof.substr(begin, end - begin)).value()).value();
        change(evidence);
        return proof.replace(begin, end - begin, to_base64(evidence.encode()));
    }

    Store store_;
    TrustPolicy policy_;
    std::optional<SignedCheckpoint> checkpoint_;
};

TEST_F(EventProofTest, SaysWhatTheEventIs) {
    for (std::uint64_t event = 0; event < 20; ++event) {
        const auto verified = verify_event(prove(event), policy_);
        ASSERT_TRUE(verified) << verified.error().detail();
        const auto stored = store_.get<Bytes>(Sequence(event)).value();
        EXPECT_EQ(verified->sequence, Sequence(event));
        EXPECT_EQ(verified->hash, stored.event.hash);
        EXPECT_EQ(verified->checkpoint.head().size, 20U);
        ASSERT_TRUE(verified->claims);
        const EventClaims& claims = *verified->claims;
        EXPECT_EQ(claims.log_id, store_.log_id());
        EXPECT_EQ(claims.sequence, stored.sequence());
        EXPECT_EQ(claims.version, stored.version());
        EXPECT_EQ(claims.hlc, stored.position.hlc);
        EXPECT_EQ(claims.event_id, stored.event.header.event_id);
        EXPECT_EQ(claims.timestamp_us, stored.event.header.timestamp_us);
        EXPECT_EQ(claims.kind, stored.event.header.kind);
        EXPECT_EQ(claims.entity, stored.coordinate.entity());
        EXPECT_EQ(claims.scope, stored.coordinate.scope());
        EXPECT_EQ(claims.payload_bytes, stored.payload().size());
        EXPECT_EQ(claims.payload, stored.payload());
    }
}

TEST_F(EventProofTest, ShowsNoMoreThanWasAsked) {
    const std::string header = prove(4, Disclose::Header);
    const auto verified = verify_event(header, policy_).value();
    EXPECT_FALSE(verified.claims->payload);
    EXPECT_EQ(verified.claims->entity, "player:bob");
    EXPECT_EQ(verified.claims->payload_bytes, 9U);
    const std::string nothing = prove(4, Disclose::Nothing);
    EXPECT_EQ(nothing.find("extra"), std::string::npos);
    EXPECT_EQ(why(nothing), Reason::Malformed);
    EXPECT_TRUE(verify_event(nothing, policy_, verified.hash));
    EXPECT_EQ(why(nothing, Hash{}), Reason::WrongRoot);
    EXPECT_EQ(why(header, Hash{}), Reason::ContentNotInEvent);
}

TEST_F(EventProofTest, RefusesEveryFlippedBit) {
    const std::string proof = prove(13);
    for (std::size_t bit = 0; bit < proof.size() * 8; ++bit) {
        std::string wrong = proof;
        wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ (1 << (bit % 8)));
        ASSERT_FALSE(verify_event(wrong, policy_)) << "bit " << bit << " of\n" << proof;
    }
}

TEST_F(EventProofTest, RefusesEveryCutAndEveryAddition) {
    const std::string proof = prove(13);
    for (std::size_t cut = 0; cut < proof.size(); ++cut)
        ASSERT_FALSE(verify_event(proof.substr(0, cut), policy_)) << cut;
    for (const char* more : {"\n", "x", "\n\n", "x\n"}) {
        EXPECT_FALSE(verify_event(proof + more, policy_));
        EXPECT_FALSE(verify_event(more + proof, policy_));
    }
}

TEST_F(EventProofTest, EachSpoiltPartHasItsReason) {
    const std::string proof = prove(13);
    EXPECT_EQ(why(with_evidence(proof, [](Evidence& e) { e.content[30] ^= std::byte{1}; })),
              Reason::ContentNotInEvent);
    EXPECT_EQ(why(with_evidence(proof, [](Evidence& e) { e.link[60] ^= std::byte{1}; })),
              Reason::ContentNotInEvent);
    EXPECT_EQ(why(with_evidence(proof, [](Evidence& e) { e.link[0] ^= std::byte{1}; })),
              Reason::WrongRoot);
    EXPECT_EQ(why(with_evidence(proof, [](Evidence& e) { e.payload->push_back(std::byte{}); })),
              Reason::PayloadNotInContent);
    EXPECT_EQ(why(with_evidence(proof, [](Evidence& e) { (*e.blind)[0] ^= std::byte{1}; })),
              Reason::PayloadNotInContent);
    EXPECT_EQ(why(with_evidence(proof, [](Evidence& e) { e.payload.reset(); })), Reason::Malformed);
    EXPECT_EQ(why(with_evidence(proof, [](Evidence& e) { e.link.pop_back(); })), Reason::Malformed);
    const auto replaced = [&](std::string_view from, std::string_view to) {
        std::string wrong = proof;
        return wrong.replace(wrong.find(from), from.size(), to);
    };
    EXPECT_EQ(why(replaced("index 13\n", "index 12\n")), Reason::WrongRoot);
    EXPECT_EQ(why(replaced("index 13\n", "index 20\n")), Reason::IndexNotBelowSize);
    EXPECT_EQ(why(replaced("index 13\n", "index 013\n")), Reason::Malformed);
    EXPECT_EQ(why(replaced("index 13\n", "index -1\n")), Reason::Malformed);
    EXPECT_EQ(why(replaced("proof@v1", "proof@v2")), Reason::Malformed);
    const std::size_t first = proof.find('\n', proof.find("index")) + 1;
    const std::string line = proof.substr(first, 45);
    EXPECT_EQ(why(replaced(line, "")), Reason::ProofTooShort);
    EXPECT_EQ(why(replaced(line, line + line)), Reason::ProofTooLong);
    std::string many;
    for (int i = 0; i < 64; ++i) many += line;
    EXPECT_EQ(why(replaced(line, line + many)), Reason::Malformed);
}

TEST_F(EventProofTest, PartsOfTwoProofsMakeNoThird) {
    const std::string one = prove(3);
    const std::string other = prove(4);
    const auto evidence_of = [](const std::string& proof) {
        return proof.substr(0, proof.find("index"));
    };
    EXPECT_EQ(why(evidence_of(one) + other.substr(other.find("index"))), Reason::WrongRoot);
    // The checkpoint of another time, with the proof of this one.
    const SignedCheckpoint newer = sign(store_).value();
    const std::string stale = one.substr(0, one.find("\n\n") + 2) + newer.note();
    const auto verified = verify_event(stale, policy_);
    ASSERT_FALSE(verified);
}

TEST_F(EventProofTest, AnotherKeyIsNotBelieved) {
    const VerifierKey other = key_of(checkpoint_->checkpoint().origin, 77).verifier();
    const auto verified = verify_event(prove(1), TrustPolicy::of_logs({other}));
    EXPECT_EQ(verified.error().reason(), Reason::NoTrustedSignature);
    const VerifierKey foreign = key_of("example.com/other", 9).verifier();
    EXPECT_EQ(verify_event(prove(1), TrustPolicy::of_logs({foreign})).error().reason(),
              Reason::UnknownOrigin);
}

TEST_F(EventProofTest, ProvesOnlyWhatTheCheckpointCovers) {
    LogTree tree(store_);
    EXPECT_EQ(code_of(prove_event(store_, tree, Sequence(20), *checkpoint_, Disclose::Header)),
              ErrorCode::InvalidArgument);
}

TEST_F(EventProofTest, DoesNotJoinACheckpointOfAnotherLog) {
    Store other = Store::open(StoreConfig("other").with_environment(config.environment())).value();
    append(other, 30);
    LogTree tree(other);
    EXPECT_EQ(code_of(prove_event(other, tree, Sequence(1), *checkpoint_, Disclose::Header)),
              ErrorCode::SplitHistory);
    EXPECT_EQ(code_of(prove_growth(tree, 1, *checkpoint_)), ErrorCode::SplitHistory);
}

TEST_F(EventProofTest, GrowthIsProvedFromEverySize) {
    for (std::uint64_t from = 0; from <= 20; ++from) {
        LogTree tree(store_);
        const std::string proof = prove_growth(tree, from, *checkpoint_).value();
        Checkpoint old{.origin = checkpoint_->checkpoint().origin,
                       .head = tree.head(Sequence(from)).value()};
        Note note{.text = old.text()};
        note.signatures.push_back(key_of(old.origin, 9).sign(note.text).value());
        const SignedCheckpoint older = SignedCheckpoint::open(note.to_string(), policy_).value();
        EXPECT_TRUE(verify_growth(proof, older, policy_)) << from;
        if (from == 0) continue;
        for (std::size_t bit = 0; bit < proof.size() * 8; ++bit) {
            std::string wrong = proof;
            wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ (1 << (bit % 8)));
            ASSERT_FALSE(verify_growth(wrong, older, policy_)) << bit << " from " << from;
        }
    }
}

TEST_F(EventProofTest, AChangedEventIsNotProved) {
    // The event is read with its hashes, so what was changed in the file is found before it leaves.
    const EventPreimage preimage = store_.find(Sequence(5)).value().preimage().value();
    EXPECT_EQ(preimage.hash, store_.find(Sequence(5)).value()->hash);
    EXPECT_EQ(preimage.link.size(), 124U);
    EXPECT_EQ(code_of(store_.find(Sequence(99))), ErrorCode::EventNotFound);
}

}  // namespace
}  // namespace batpak::proof
