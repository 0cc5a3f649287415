// Goal:   checkpoints are those of C2SP, and only what a policy believes is opened.
// Method: the worked example was checked with golang.org/x/mod; every bit of it is flipped, and it
//         is cut at every byte. A witness's line is made here, as C2SP tlog-cosignature says.
#include "batpak/proof/checkpoint.hpp"

#include <gtest/gtest.h>

#include "proof/base64.hpp"
#include "proof/support.hpp"

namespace batpak::proof {
namespace {

TrustPolicy example_policy() {
    return TrustPolicy::of_logs({VerifierKey::parse(kExampleVerifierKey).value()});
}

Reason why(std::string_view note, const TrustPolicy& policy) {
    const auto opened = SignedCheckpoint::open(note, policy);
    EXPECT_FALSE(opened) << note;
    return opened ? Reason::Malformed : opened.error().reason();
}

// The line of a witness with the seed of one byte: (name, id, time, signature).
std::string cosigned(std::string_view note, const std::string& name, std::uint8_t seed,
                     std::uint64_t time) {
    const Note parsed = Note::parse(note).value();
    const NoteSignature made =
        key_of(name, seed)
            .sign("cosignature/v1\ntime " + std::to_string(time) + "\n" + parsed.text)
            .value();
    Bytes bytes;
    for (int shift = 56; shift >= 0; shift -= 8)
        bytes.push_back(static_cast<std::byte>(time >> shift & 0xFF));
    bytes.insert(bytes.end(), made.signature.begin(), made.signature.end());
    Note longer = parsed;
    longer.signatures.push_back({name, {}, bytes});
    return longer.to_string();
}

TEST(Checkpoint, SigningTheExampleGivesTheExample) {
    const Checkpoint checkpoint =
        Checkpoint::parse(Note::parse(kExampleCheckpoint).value().text).value();
    EXPECT_EQ(checkpoint.origin, kExampleOrigin);
    EXPECT_EQ(checkpoint.head.size, 7U);
    EXPECT_EQ(to_string(checkpoint.head.root).substr(0, 8), "36e83c60");
    Note note{.text = checkpoint.text()};
    note.signatures.push_back(
        SigningKey::parse(kExampleSigningKey).value().sign(note.text).value());
    EXPECT_EQ(note.to_string(), kExampleCheckpoint);
}

TEST(Checkpoint, OpensWithTheKeyOfItsOrigin) {
    const auto opened = SignedCheckpoint::open(kExampleCheckpoint, example_policy());
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->head().size, 7U);
    EXPECT_EQ(opened->note(), kExampleCheckpoint);
    EXPECT_EQ(opened->witnesses(), 0U);
    EXPECT_FALSE(opened->witnessed_at());
}

TEST(Checkpoint, RefusesEveryFlippedBitAndEveryCut) {
    const TrustPolicy policy = example_policy();
    const std::string note(kExampleCheckpoint);
    for (std::size_t bit = 0; bit < note.size() * 8; ++bit) {
        std::string wrong = note;
        wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ (1 << (bit % 8)));
        EXPECT_FALSE(SignedCheckpoint::open(wrong, policy)) << bit;
    }
    for (std::size_t cut = 0; cut < note.size(); ++cut)
        EXPECT_FALSE(SignedCheckpoint::open(note.substr(0, cut), policy)) << cut;
}

TEST(Checkpoint, EachRefusalHasItsReason) {
    const TrustPolicy policy = example_policy();
    const std::string note(kExampleCheckpoint);
    EXPECT_EQ(why("", policy), Reason::Malformed);
    EXPECT_EQ(why(note + note, policy), Reason::Malformed);
    EXPECT_EQ(why(with(note, "\n7\n", "\n07\n"), policy), Reason::Malformed);
    EXPECT_EQ(why(with(note, "\n7\n", "\r\n7\n"), policy), Reason::Malformed);
    EXPECT_EQ(why(with(note, "\n7\n", "\n-7\n"), policy), Reason::Malformed);
    EXPECT_EQ(why(with(note, "hY=\n", "hZ=\n"), policy), Reason::Malformed) << "canonical base64";
    EXPECT_EQ(why(with(note, "\n7\n", "\n8\n"), policy), Reason::BadSignature);
    EXPECT_EQ(why(with(note, "example.com/", "example.org/"), policy), Reason::UnknownOrigin);
    EXPECT_EQ(why(with(note, "tm8+H5", "tm8+I5"), policy), Reason::NoTrustedSignature);
    EXPECT_EQ(why(with(note, "LOZWw", "LOZWx"), policy), Reason::BadSignature);
}

TEST(Checkpoint, ALineOfNobodyIsPassedOverAndABadLineBesideAGoodOneIsNot) {
    Note note = Note::parse(kExampleCheckpoint).value();
    note.signatures.push_back({"somebody.else", {}, Bytes(64)});
    EXPECT_TRUE(SignedCheckpoint::open(note.to_string(), example_policy()));
    NoteSignature bad = note.signatures.front();
    bad.signature[0] ^= std::byte{1};
    note.signatures.push_back(bad);
    EXPECT_EQ(why(note.to_string(), example_policy()), Reason::BadSignature);
}

TEST(Checkpoint, HasAtMost64SignaturesAnd16Kibibytes) {
    Note note = Note::parse(kExampleCheckpoint).value();
    while (note.signatures.size() < Note::kSignaturesMax)
        note.signatures.push_back({"somebody.else", {}, Bytes(64)});
    EXPECT_TRUE(SignedCheckpoint::open(note.to_string(), example_policy()));
    note.signatures.push_back({"somebody.else", {}, Bytes(64)});
    EXPECT_EQ(why(note.to_string(), example_policy()), Reason::Malformed);
    note.signatures = {note.signatures[0], {"somebody.else", {}, Bytes(16 * 1024)}};
    EXPECT_EQ(why(note.to_string(), example_policy()), Reason::Malformed);
}

TEST(Checkpoint, LinesAfterTheThirdAreSignedAndMeanNothing) {
    const SigningKey key = SigningKey::parse(kExampleSigningKey).value();
    Note note{.text = std::string(kExampleOrigin) + "\n0\n" + to_base64(empty_root().view()) +
                      "\nextension\n"};
    note.signatures.push_back(key.sign(note.text).value());
    const auto opened = SignedCheckpoint::open(note.to_string(), example_policy());
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->head(), (TreeHead{0, empty_root()}));
}

class WitnessTest : public ::testing::Test {
protected:
    // The note with the lines of these witnesses, the first with the seed 1.
    static std::string seen_by(std::vector<int> numbers) {
        std::string note(kExampleCheckpoint);
        for (const int number : numbers) {
            const std::string name = "w" + std::to_string(number);
            const auto seed = static_cast<std::uint8_t>(number);
            note = cosigned(note, name, seed, 1'700'000'000U + static_cast<unsigned>(number));
            Note parsed = Note::parse(note).value();
            parsed.signatures.back().key_id = witness_key(name, seed).id();
            note = parsed.to_string();
        }
        return note;
    }
    static TrustPolicy policy(const std::string& quorum) {
        std::string text = "# whom we believe\n\nlog " + std::string(kExampleVerifierKey) + "\n";
        for (int number = 1; number <= 3; ++number) {
            const std::string name = "w" + std::to_string(number);
            text += "witness " + name + " " +
                    witness_key(name, static_cast<std::uint8_t>(number)).to_string() + "\n";
        }
        return TrustPolicy::parse(text + quorum).value();
    }
};

TEST_F(WitnessTest, AreCountedAndTheNewestTimeIsKnown) {
    const auto opened = SignedCheckpoint::open(seen_by({2, 3, 1}), policy("quorum none\n"));
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->witnesses(), 3U);
    EXPECT_EQ(opened->witnessed_at(), 1'700'000'003U);
}

TEST_F(WitnessTest, AQuorumIsWhatItsGroupsSay) {
    struct Case {
        const char* quorum;
        std::vector<int> seen;
        bool enough;
    };
    const char* const two_of_three = "group g 2 w1 w2 w3\nquorum g\n";
    const char* const nested = "group a all w1 w2\ngroup b any a w3\nquorum b\n";
    for (const Case& one :
         {Case{"quorum w1\n", {1}, true}, Case{"quorum w1\n", {2, 3}, false},
          Case{two_of_three, {1, 3}, true}, Case{two_of_three, {3}, false},
          Case{two_of_three, {3, 3}, false}, Case{nested, {3}, true}, Case{nested, {1, 2}, true},
          Case{nested, {2}, false}, Case{nested, {}, false}}) {
        const auto opened = SignedCheckpoint::open(seen_by(one.seen), policy(one.quorum));
        EXPECT_EQ(opened.has_value(), one.enough) << one.quorum;
        if (!opened) {
            EXPECT_EQ(opened.error().reason(), Reason::QuorumMissing);
        }
    }
}

TEST_F(WitnessTest, ABadLineOfAWitnessIsNotPassedOver) {
    Note note = Note::parse(seen_by({1})).value();
    for (std::size_t byte : {std::size_t{0}, std::size_t{7}, std::size_t{8}, std::size_t{71}}) {
        Note wrong = note;
        wrong.signatures.back().signature[byte] ^= std::byte{1};
        EXPECT_EQ(why(wrong.to_string(), policy("quorum none\n")), Reason::BadSignature);
    }
}

}  // namespace
}  // namespace batpak::proof
