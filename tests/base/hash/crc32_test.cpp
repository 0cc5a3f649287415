#include "base/hash/crc32.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/little_endian.hpp"

namespace batpak {
namespace {

// CRC-32 of ISO-HDLC, bit by bit, as its definition reads.
std::uint32_t crc32_by_definition(BytesView bytes) {
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const std::byte byte : bytes) {
        crc ^= std::to_integer<std::uint32_t>(byte);
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
    return ~crc;
}

TEST(Crc32, HasItsCheckValue) { EXPECT_EQ(crc32(as_bytes("123456789")), 0xCBF43926U); }

TEST(Crc32, OfNothingIsItsSeed) {
    EXPECT_EQ(crc32({}), 0U);
    EXPECT_EQ(crc32({}, 0xCBF43926U), 0xCBF43926U);
}

TEST(Crc32, ChainsOverEveryCut) {
    const BytesView bytes = as_bytes("123456789");
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut)
        EXPECT_EQ(crc32(bytes.subspan(cut), crc32(bytes.first(cut))), 0xCBF43926U) << cut;
}

RC_GTEST_PROP(Crc32, IsWhatItsDefinitionSays, (const std::string& text)) {
    RC_ASSERT(crc32(as_bytes(text)) == crc32_by_definition(as_bytes(text)));
}

RC_GTEST_PROP(Crc32, OfWordsIsThatOfTheirBytes,
              (const std::array<std::uint32_t, 3>& words, std::uint32_t seed)) {
    Bytes bytes(sizeof(words));
    for (std::size_t i = 0; i < words.size(); ++i)
        store_little_endian(MutableBytesView(bytes).subspan(i * 4), words[i]);
    RC_ASSERT(crc32_of_words(words, seed) == crc32(bytes, seed));
}

RC_GTEST_PROP(Crc32, OfTwoRunsFollowsFromThatOfEach,
              (const std::string& first, const std::string& second, std::uint8_t zeros)) {
    const std::string behind = second + std::string(std::size_t{zeros} * 300, '\0');
    const std::uint32_t joined =
        crc32_followed(crc32(as_bytes(first)), static_cast<std::uint32_t>(behind.size())) ^
        crc32(as_bytes(behind));
    RC_ASSERT(joined == crc32(as_bytes(first + behind)));
}

// Lengths of all four bytes: so many zeros are summed up by halves.
TEST(Crc32, IsFollowedByAnyNumberOfBytes) {
    const std::uint32_t sum = crc32(as_bytes("123456789"));
    EXPECT_EQ(crc32_followed(sum, 0), sum);
    for (const std::uint32_t bytes : {1U, 255U, 256U, 65'536U, 0x01020304U, 0xFFFFFFFFU}) {
        std::uint32_t by_halves = sum;
        for (int bit = 31; bit >= 0; --bit) {
            if ((bytes >> bit & 1U) != 0)
                by_halves = crc32_followed(by_halves, std::uint32_t{1} << bit);
        }
        EXPECT_EQ(crc32_followed(sum, bytes), by_halves) << bytes;
    }
}

TEST(Crc32, SeesEveryFlippedBit) {
    std::string text(300, 'x');
    const std::uint32_t before = crc32(as_bytes(text));
    for (std::size_t i = 0; i < text.size() * 8; ++i) {
        text[i / 8] = static_cast<char>(text[i / 8] ^ (1 << (i % 8)));
        EXPECT_NE(crc32(as_bytes(text)), before);
        text[i / 8] = static_cast<char>(text[i / 8] ^ (1 << (i % 8)));
    }
}

}  // namespace
}  // namespace batpak
