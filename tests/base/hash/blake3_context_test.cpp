// Goal:   a message has one hash, however long it is, however it is cut, alone or among others.
// Oracle: tests/format/blake3.py, written from the BLAKE3 paper alone: kHashOfAll is
//             derive_key(context, b"".join(derive_key(context, message(n)) for n in range(1101)))
#include "base/hash/blake3_context.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace batpak {
namespace {

constexpr const char* kContext = "batpak.v1 payload commitment";
constexpr std::size_t kLengthMax = 1100;  // more than one chunk
constexpr const char* kHashOfAll =
    "fb0366e57ac420a2faca9b685cbe6f1c7cf59404970a532f0b6a45dcc1c4101f";

Bytes message(std::size_t length) {
    Bytes bytes(length);
    for (std::size_t i = 0; i < length; ++i) bytes[i] = static_cast<std::byte>(7 * i + length);
    return bytes;
}

struct Blake3ContextTest : ::testing::Test {
    // Of messages of these lengths, side by side.
    std::vector<Hash> together(const std::vector<std::size_t>& lengths) const {
        std::vector<Hash> hashes(lengths.size());
        Blake3Lanes lanes(context);
        for (std::size_t i = 0; i < lengths.size(); ++i)
            lanes.add({message(lengths[i])}, hashes[i]);
        lanes.finish();
        return hashes;
    }

    void expect_each_as_alone(const std::vector<std::size_t>& lengths) const {
        const std::vector<Hash> hashes = together(lengths);
        for (std::size_t i = 0; i < lengths.size(); ++i)
            ASSERT_EQ(hashes[i], context.hash({message(lengths[i])})) << i << ": " << lengths[i];
    }

    const Blake3Context context{kContext};
};

TEST_F(Blake3ContextTest, GivesEveryLengthTheHashOfTheOracle) {
    Bytes all;
    for (std::size_t length = 0; length <= kLengthMax; ++length) {
        const Hash hash = context.hash({message(length)});
        all.insert(all.end(), hash.bytes.begin(), hash.bytes.end());
    }
    EXPECT_EQ(to_string(context.hash({all})), kHashOfAll);
}

TEST_F(Blake3ContextTest, ForgetsHowAMessageWasCut) {
    const Bytes whole = message(300);
    const BytesView bytes(whole);
    const Hash expected = context.hash({bytes});
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
        ASSERT_EQ(context.hash({bytes.first(cut), bytes.subspan(cut)}), expected) << cut;
        ASSERT_EQ(context.hash({{}, bytes.first(cut), {}, bytes.subspan(cut), {}}), expected);
    }
}

TEST_F(Blake3ContextTest, HashesEqualLengthsSideBySideAsAlone) {
    for (std::size_t length = 0; length <= kLengthMax; ++length)
        expect_each_as_alone(std::vector<std::size_t>(5, length));
}

TEST_F(Blake3ContextTest, HashesEveryCountSideBySideAsAlone) {
    for (std::size_t count = 0; count <= 40; ++count)
        expect_each_as_alone(std::vector<std::size_t>(count, 280));
}

TEST_F(Blake3ContextTest, HashesMixedLengthsSideBySideAsAlone) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937_64 random(seed);
        std::vector<std::size_t> lengths(random() % 40);
        for (std::size_t& length : lengths)
            length = random() % (random() % 4 == 0 ? kLengthMax + 1 : 130);
        expect_each_as_alone(lengths);
    }
}

TEST_F(Blake3ContextTest, KeysAndContextsMakeOtherHashes) {
    const Blake3Context other("batpak.v1 event content");
    const Blake3Context keyed(Blake3Context::Key{});
    const Hash hash = context.hash({message(10)});
    EXPECT_NE(hash, other.hash({message(10)}));
    EXPECT_NE(hash, keyed.hash({message(10)}));
    EXPECT_NE(other.hash({message(10)}), keyed.hash({message(10)}));
}

}  // namespace
}  // namespace batpak
