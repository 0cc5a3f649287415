// A set of sequences has one form, and no other bytes are one.
#include "store/erasure/sequence_set.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "support/file_helpers.hpp"

namespace batpak::store {
namespace {

using testing::code_of;

SequenceSet set_of(const std::set<std::uint64_t>& sequences) {
    SequenceSet set;
    for (const std::uint64_t sequence : sequences) set.add(Sequence(sequence));
    return set;
}

std::set<std::uint64_t> from_bits(unsigned bits) {
    std::set<std::uint64_t> sequences;
    for (unsigned i = 0; i < 8; ++i)
        if ((bits >> i & 1) != 0) sequences.insert(i);
    return sequences;
}

// Every set of the first eight sequences, against std::set.
TEST(SequenceSet, AnswersAsASetDoes) {
    for (unsigned bits = 0; bits < 256; ++bits) {
        const std::set<std::uint64_t> expected = from_bits(bits);
        const SequenceSet set = set_of(expected);
        EXPECT_EQ(set.size(), expected.size());
        EXPECT_EQ(set.empty(), expected.empty());
        for (std::uint64_t at = 0; at < 10; ++at) {
            EXPECT_EQ(set.contains(Sequence(at)), expected.contains(at)) << bits << ' ' << at;
            for (std::uint64_t end = at + 1; end < 10; ++end) {
                const auto first = expected.lower_bound(at);
                EXPECT_EQ(set.intersects(Sequence(at), Sequence(end)),
                          first != expected.end() && *first < end);
            }
        }
        EXPECT_EQ(SequenceSet::decode(set.encode()).value(), set);
    }
}

TEST(SequenceSet, JoinsAnyTwo) {
    for (unsigned a = 0; a < 256; ++a)
        for (unsigned b = 0; b < 256; ++b)
            ASSERT_EQ(SequenceSet::join(set_of(from_bits(a)), set_of(from_bits(b))),
                      set_of(from_bits(a | b)));
}

TEST(SequenceSet, IsOneFormForLargeNumbersToo) {
    const SequenceSet set = set_of({0, 127, 128, 129, 16'384, 1U << 31, UINT64_MAX - 1});
    const Bytes bytes = set.encode();
    EXPECT_EQ(SequenceSet::decode(bytes).value(), set);
    EXPECT_EQ(to_hex(set_of({3, 4, 300}).encode()), "0302a70201");
    EXPECT_EQ(to_hex(set_of({}).encode()), "");
}

// Whatever is decoded is encoded to the same bytes again.
TEST(SequenceSet, RefusesAllOtherBytes) {
    for (const char* hex : {"00", "0300", "80", "0380", "030100", "03010001", "800003", "038100",
                            "ffffffffffffffffff0101", "ffffffffffffffffffff0101",
                            "ffffffffffffffffff01ffffffffffffffffff01"}) {
        Bytes bytes(std::string_view(hex).size() / 2);
        ASSERT_TRUE(from_hex(hex, bytes));
        EXPECT_EQ(code_of(SequenceSet::decode(bytes)), ErrorCode::DecodeFailed) << hex;
    }
    std::mt19937 random(1);
    std::uint64_t decoded = 0;
    for (int i = 0; i < 100'000; ++i) {
        Bytes bytes(random() % 9);
        for (std::byte& byte : bytes)
            byte = static_cast<std::byte>(random() % 4 == 0 ? random() : random() % 5);
        const auto set = SequenceSet::decode(bytes);
        if (!set) continue;
        ++decoded;
        ASSERT_EQ(set->encode(), bytes);
    }
    EXPECT_GT(decoded, 1000U);
}

}  // namespace
}  // namespace batpak::store
