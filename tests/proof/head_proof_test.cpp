// Goal:   a proof of a head convinces of one answer about one entity, at one size of one log, and
//         no other text does (INV T3).
// Method: heads and absences of a store's entities are checked without it; every bit is flipped,
//         and parts of proofs of other entities, sizes and logs are put together. A store is
//         reopened, restored, and has payloads erased in between.
#include <gtest/gtest.h>

#include "batpak/event/value.hpp"
#include "batpak/store/compaction.hpp"
#include "batpak/store/restore.hpp"
#include "proof/base64.hpp"
#include "proof/evidence.hpp"
#include "proof/log_fixture.hpp"

namespace batpak::proof {
namespace {

using testing::code_of;
using testing::coordinate_of;

class HeadProofTest : public LogFixture {
protected:
    HeadProofTest() : store_(open()), policy_(TrustPolicy::of_logs({make_key(*store_)})) {
        append(*store_, 20);
        record();
    }
    HeadsRecord record() {
        EntityHeads heads(*store_);
        const HeadsRecord record = record_heads(*store_, heads).value();
        checkpoint_.emplace(sign(*store_).value());
        return record;
    }
    Result<std::string> make_head(std::string_view entity, const SignedCheckpoint& at) {
        LogTree tree(*store_);
        EntityHeads heads(*store_);
        return prove_head(*store_, tree, heads, entity, at);
    }
    Result<std::string> make_absence(std::string_view entity, const SignedCheckpoint& at) {
        LogTree tree(*store_);
        EntityHeads heads(*store_);
        return prove_absence(*store_, tree, heads, entity, at);
    }
    std::string head_of(std::string_view entity) { return make_head(entity, *checkpoint_).value(); }
    std::string absence_of(std::string_view entity) {
        return make_absence(entity, *checkpoint_).value();
    }
    static Reason why(const Checked<VerifiedEvent>& verified) {
        EXPECT_FALSE(verified);
        return verified ? Reason::Malformed : verified.error().reason();
    }
    void expect_latest(std::string_view entity) {
        const auto verified = verify_head(head_of(entity), entity, policy_);
        ASSERT_TRUE(verified) << verified.error().detail();
        const auto then = store_->before(verified->head->size);
        const auto latest = then.find_latest(entity).value();
        ASSERT_TRUE(latest);
        EXPECT_EQ(verified->head->latest->version, (*latest)->version());
        EXPECT_EQ(verified->head->latest->event, (*latest)->hash);
        EXPECT_EQ(verified->head->entities, then.names(Names::Entities)->size());
    }
    // The proof with its line `extra` changed.
    template <class Change>
    static std::string changed(std::string proof, Change change) {
        const std::size_t begin = proof.find("extra ") + 6;
        const std::size_t end = proof.find('\n', begin);
        Evidence evidence =
            Evidence::decode(from_base64(proof.substr(begin, end - begin)).value()).value();
        change(evidence);
        return proof.replace(begin, end - begin, to_base64(evidence.encode()));
    }
    static HeadEvidence head_in(const std::string& proof) {
        std::optional<HeadEvidence> found;
        (void)changed(proof, [&](Evidence& evidence) { found = evidence.head; });
        return found.value();
    }

    std::optional<Store> store_;
    TrustPolicy policy_;
    std::optional<SignedCheckpoint> checkpoint_;
};

TEST_F(HeadProofTest, SaysWhatIsTheLatestEventAndThatThereIsNone) {
    expect_latest("player:alice");
    expect_latest("player:bob");
    for (const char* const entity : {"player:carol", "player:alic", "x", "batpak:heads"}) {
        const auto verified = verify_absence(absence_of(entity), entity, policy_);
        ASSERT_TRUE(verified) << verified.error().detail();
        EXPECT_EQ(verified->head->size, Sequence(20));
        EXPECT_EQ(verified->sequence, Sequence(20));
        EXPECT_EQ(verified->checkpoint.head().size, 21U);
    }
}

TEST_F(HeadProofTest, RefusesEveryFlippedBit) {
    for (const bool is_there : {true, false}) {
        const std::string entity = is_there ? "player:bob" : "player:carol";
        const std::string proof = is_there ? head_of(entity) : absence_of(entity);
        for (std::size_t bit = 0; bit < proof.size() * 8; ++bit) {
            std::string wrong = proof;
            wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ (1 << (bit % 8)));
            const auto verified = is_there ? verify_head(wrong, entity, policy_)
                                           : verify_absence(wrong, entity, policy_);
            ASSERT_FALSE(verified) << "bit " << bit << " of\n" << proof;
        }
        for (std::size_t cut = 0; cut < proof.size(); ++cut)
            ASSERT_FALSE(verify_event(proof.substr(0, cut), policy_)) << cut;
    }
}

TEST_F(HeadProofTest, AnswersOneQuestion) {
    const std::string of_bob = head_of("player:bob");
    EXPECT_EQ(why(verify_head(of_bob, "player:alice", policy_)), Reason::AnotherQuestion);
    EXPECT_EQ(why(verify_absence(of_bob, "player:bob", policy_)), Reason::AnotherQuestion);
    EXPECT_EQ(why(verify_absence(of_bob, "player:carol", policy_)), Reason::AnotherQuestion);
    const std::string carol = absence_of("player:carol");
    EXPECT_EQ(why(verify_head(carol, "player:carol", policy_)), Reason::AnotherQuestion);
    EXPECT_EQ(why(verify_absence(carol, "player:bob", policy_)), Reason::AnotherQuestion);
    LogTree tree(*store_);
    const std::string event =
        prove_event(*store_, tree, Sequence(3), *checkpoint_, Disclose::Everything).value();
    EXPECT_EQ(why(verify_head(event, "player:bob", policy_)), Reason::AnotherQuestion);
}

TEST_F(HeadProofTest, TakesEachNameThatAnEntityCanHave) {
    for (const std::string& entity :
         {std::string("\xFF\xFE"), std::string(1024, 'x'), std::string("a\x7F")}) {
        const auto verified = verify_absence(absence_of(entity), entity, policy_);
        ASSERT_TRUE(verified) << verified.error().detail();
        EXPECT_EQ(verified->head->entity, entity);
    }
    LogTree tree(*store_);
    EntityHeads heads(*store_);
    for (const std::string& none : {std::string(), std::string(1025, 'x')}) {
        EXPECT_EQ(code_of(prove_absence(*store_, tree, heads, none, *checkpoint_)),
                  ErrorCode::InvalidArgument);
        EXPECT_EQ(code_of(prove_head(*store_, tree, heads, none, *checkpoint_)),
                  ErrorCode::InvalidArgument);
    }
}

TEST_F(HeadProofTest, PartsOfTwoProofsMakeNoThird) {
    const HeadEvidence of_alice = head_in(head_of("player:alice"));
    const std::string of_bob = head_of("player:bob");
    const auto with_head = [&](auto change) {
        return why(verify_event(changed(of_bob, [&](Evidence& e) { change(*e.head); }), policy_));
    };
    EXPECT_EQ(with_head([&](HeadEvidence& e) { e.path = of_alice.path; }), Reason::HeadNotInMap);
    EXPECT_EQ(with_head([&](HeadEvidence& e) { e.path.found = of_alice.path.found; }),
              Reason::HeadNotInMap);
    EXPECT_EQ(with_head([&](HeadEvidence& e) { e.path.siblings = of_alice.path.siblings; }),
              Reason::HeadNotInMap);
    EXPECT_EQ(with_head([&](HeadEvidence& e) { e.entity = of_alice.entity; }),
              Reason::HeadNotInMap);
    EXPECT_EQ(with_head([&](HeadEvidence& e) { e.path.found.reset(); }), Reason::HeadNotInMap);
    EXPECT_EQ(with_head([&](HeadEvidence& e) { e.entity.clear(); }), Reason::Malformed);
    EXPECT_EQ(with_head([&](HeadEvidence& e) { e.entity = std::string(1025, 'x'); }),
              Reason::Malformed);
    // Another event in place of the record.
    LogTree tree(*store_);
    const std::string event =
        prove_event(*store_, tree, Sequence(3), *checkpoint_, Disclose::Everything).value();
    EXPECT_EQ(why(verify_event(changed(event, [&](Evidence& e) { e.head = of_alice; }), policy_)),
              Reason::NotAHeadsRecord);
    // What shows no payload shows no root.
    EXPECT_EQ(why(verify_event(changed(of_bob,
                                       [&](Evidence& e) {
                                           e.payload.reset();
                                           e.blind.reset();
                                       }),
                               policy_)),
              Reason::Malformed);
}

TEST_F(HeadProofTest, APathOfAnotherTimeIsNotOfThisRecord) {
    const std::string old = head_of("player:bob");
    append(*store_, 5);
    record();
    const std::string recent = head_of("player:bob");
    EXPECT_NE(head_in(old).path, head_in(recent).path);
    const std::string stale =
        changed(recent, [&](Evidence& evidence) { evidence.head = head_in(old); });
    EXPECT_EQ(why(verify_event(stale, policy_)), Reason::HeadNotInMap);
    // The old proof is what it was, and says of which size it is.
    EXPECT_EQ(verify_head(old, "player:bob", policy_)->head->size, Sequence(20));
    EXPECT_EQ(verify_head(recent, "player:bob", policy_)->head->size, Sequence(26));
}

TEST_F(HeadProofTest, GoesBackToTheLastRecordThatTheCheckpointCovers) {
    const SignedCheckpoint first = *checkpoint_;
    append(*store_, 4);
    const SignedCheckpoint later = sign(*store_).value();
    record();
    append(*store_, 3);
    const SignedCheckpoint last = sign(*store_).value();
    const auto size_at = [&](const SignedCheckpoint& checkpoint) {
        const std::string proof = make_head("player:bob", checkpoint).value();
        return verify_head(proof, "player:bob", policy_)->head->size;
    };
    EXPECT_EQ(size_at(first), Sequence(20));
    EXPECT_EQ(size_at(later), Sequence(20));
    EXPECT_EQ(size_at(last), Sequence(25));
}

TEST_F(HeadProofTest, SaysWhyThereIsNone) {
    const auto unknown = make_head("player:carol", *checkpoint_);
    EXPECT_EQ(code_of(unknown), ErrorCode::EventNotFound);
    EXPECT_NE(unknown.error().detail().find("absence"), std::string::npos);
    const auto known = make_absence("player:bob", *checkpoint_);
    EXPECT_EQ(code_of(known), ErrorCode::InvalidArgument);
    EXPECT_NE(known.error().detail().find("head"), std::string::npos);
}

TEST_F(HeadProofTest, WithoutARecordItSaysWhatToDo) {
    disk->open_directory("other", true).value();
    Store other = Store::open(StoreConfig("other").with_environment(config.environment())).value();
    append(other, 5);
    OneByteEntropy nine(9);
    ASSERT_TRUE(CheckpointSigner::create(*disk, "keys/other.key", "example.com/other",
                                         other.log_id(), nine));
    CheckpointSigner signer = CheckpointSigner::open(*disk, "keys/other.key").value();
    LogTree tree(other);
    EntityHeads heads(other);
    const SignedCheckpoint before = signer.sign(other, tree).value();
    const auto none = prove_head(other, tree, heads, "player:bob", before);
    EXPECT_EQ(code_of(none), ErrorCode::EventNotFound);
    EXPECT_NE(none.error().detail().find("--heads"), std::string::npos);
    // A record that came after the checkpoint does not count.
    record_heads(other, heads).value();
    EXPECT_EQ(code_of(prove_absence(other, tree, heads, "x", before)), ErrorCode::EventNotFound);
    // A checkpoint of another log, or of more events than there are.
    EXPECT_EQ(code_of(prove_absence(other, tree, heads, "x", *checkpoint_)),
              ErrorCode::InvalidArgument);
    append(other, 30);
    EXPECT_EQ(code_of(prove_absence(other, tree, heads, "x", *checkpoint_)),
              ErrorCode::SplitHistory);
}

TEST_F(HeadProofTest, HoldsAfterReopenBatchesAndErasure) {
    BatchBuilder batch;
    for (int i = 0; i < 9; ++i)
        batch.add(coordinate_of("e:" + std::to_string(i % 4)), kind, Value("x"));
    store_->append_batch(std::move(batch)).value();
    record();
    std::move(*store_).close().value();
    store_ = open();
    Tombstone tombstone("asked for");
    tombstone.region = Region::entity("player:bob");
    store_->compact(tombstone).value();
    expect_latest("player:bob");
    expect_latest("e:3");
    expect_latest("batpak:heads");
    record();
    expect_latest("player:bob");
    expect_latest("e:0");
}

TEST_F(HeadProofTest, HoldsInTheEraAfterARestore) {
    append(*store_, 5);
    std::move(*store_).close().value();
    restore(config, "restored", {.end = Sequence(23)}).value();
    config = StoreConfig("restored").with_environment(config.environment());
    store_ = open();
    disk->open_directory("keys2", true).value();
    OneByteEntropy nine(9);
    const VerifierKey key = CheckpointSigner::create(*disk, "keys2/ledger.key", "example.com/new",
                                                     store_->log_id(), nine)
                                .value();
    policy_ = TrustPolicy::of_logs({key});
    const auto sign_again = [&] {
        CheckpointSigner signer = CheckpointSigner::open(*disk, "keys2/ledger.key").value();
        LogTree tree(*store_);
        checkpoint_.emplace(signer.sign(*store_, tree).value());
    };
    sign_again();
    // By the record of the log that it was restored from, at a checkpoint of its own.
    expect_latest("player:bob");
    append(*store_, 4);
    EntityHeads heads(*store_);
    EXPECT_EQ(record_heads(*store_, heads)->size, Sequence(27));
    sign_again();
    expect_latest("player:bob");
    EXPECT_EQ(verify_head(head_of("player:bob"), "player:bob", policy_)->head->size, Sequence(27));
}

}  // namespace
}  // namespace batpak::proof
