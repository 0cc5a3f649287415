#include "base/crc32.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

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
