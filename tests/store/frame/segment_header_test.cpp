#include "store/frame/segment_header.hpp"

#include <gtest/gtest.h>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "store/frame/limits.hpp"
#include "support/faults/throwing_assert.hpp"
#include "support/file_helpers.hpp"

namespace batpak::store::segment_header_test {
namespace {

using HeaderBytes = std::array<std::byte, SegmentHeader::kBytes>;

SegmentHeader sample() {
    SegmentHeader header{.segment_id = 7, .first = Sequence(812), .era = 3, .has_hashes = true};
    header.log_id.bytes.fill(std::byte{0x10});
    header.salt.fill(std::byte{0x20});
    return header;
}

void seal(HeaderBytes& bytes) {
    store_little_endian(MutableBytesView(bytes).subspan(92), crc32(BytesView(bytes).first(92)));
}

TEST(SegmentHeader, ReadsBackAtTheBordersOfEachField) {
    EXPECT_EQ(SegmentHeader::decode(sample().encode()).value(), sample());
    for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{1}, UINT64_MAX}) {
        SegmentHeader header = sample();
        header.segment_id = number;
        header.first = Sequence(number);
        header.era = static_cast<std::uint32_t>(number);
        header.has_hashes = number == 1;
        EXPECT_EQ(SegmentHeader::decode(header.encode()).value(), header);
    }
}

TEST(SegmentHeader, StandsAsTheFormatSays) {
    const HeaderBytes bytes = sample().encode();
    const BytesView all(bytes);
    EXPECT_EQ(as_text(all.first(8)), "BPKSEG1\n");
    EXPECT_EQ(load_little_endian<std::uint32_t>(all.subspan(8)), 1U);
    EXPECT_EQ(load_little_endian<std::uint32_t>(all.subspan(12)), 96U);
    EXPECT_EQ(all[16], std::byte{0x10});
    EXPECT_EQ(load_little_endian<std::uint64_t>(all.subspan(32)), 7U);
    EXPECT_EQ(load_little_endian<std::uint64_t>(all.subspan(40)), 812U);
    EXPECT_EQ(load_little_endian<std::uint32_t>(all.subspan(48)), 3U);
    EXPECT_EQ(load_little_endian<std::uint32_t>(all.subspan(52)), 1U);
    EXPECT_EQ(all[56], std::byte{0x20});
    EXPECT_EQ(load_little_endian<std::uint32_t>(all.subspan(92)), crc32(all.first(92)));
}

TEST(SegmentHeader, EveryFlippedBitIsNoticed) {
    HeaderBytes bytes = sample().encode();
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        const auto mask = static_cast<std::byte>(1U << (bit % 8));
        bytes[bit / 8] ^= mask;
        ASSERT_EQ(testing::code_of(SegmentHeader::decode(bytes)), ErrorCode::CorruptSegment);
        bytes[bit / 8] ^= mask;
    }
}

TEST(SegmentHeader, ASealedLaterVersionIsOfTheFuture) {
    HeaderBytes bytes = sample().encode();
    bytes[8] = std::byte{2};
    seal(bytes);
    EXPECT_EQ(testing::code_of(SegmentHeader::decode(bytes)), ErrorCode::FutureFormat);
}

TEST(SegmentHeader, SealedFieldsThatVersionOneDoesNotHaveAreCorrupt) {
    for (const std::size_t at : {8U, 12U, 53U, 72U, 91U}) {
        HeaderBytes bytes = sample().encode();
        bytes[at] = std::byte{0};
        if (at >= 53) bytes[at] = std::byte{4};
        seal(bytes);
        EXPECT_EQ(testing::code_of(SegmentHeader::decode(bytes)), ErrorCode::CorruptSegment) << at;
    }
}

TEST(SegmentHeader, TakesNothingButAHeader) {
    const testing::ThrowingAssert throwing;
    EXPECT_THROW((void)SegmentHeader::decode(Bytes(95)), testing::AssertFailed);
}

TEST(SegmentFileName, ReadsBackForEveryLengthOfId) {
    EXPECT_EQ(segment_file_name(1), "000000000001.bpk");
    for (std::uint64_t id = 1; id <= kSegmentIdMax; id *= 10) {
        EXPECT_EQ(parse_segment_file_name(segment_file_name(id)), id);
        EXPECT_EQ(parse_segment_file_name(segment_file_name(id - 1)), id - 1);
    }
    EXPECT_EQ(segment_file_name(kSegmentIdMax), "999999999999.bpk");
    const testing::ThrowingAssert throwing;
    EXPECT_THROW(segment_file_name(kSegmentIdMax + 1), testing::AssertFailed);
}

TEST(SegmentFileName, TakesNoOtherName) {
    for (const std::string_view name :
         {"", "1.bpk", "00000000001.bpk", "0000000000001.bpk", "000000000001.bpx",
          "000000000001.bpk ", "+00000000001.bpk", "-00000000001.bpk", " 00000000001.bpk",
          "00000000000x.bpk", "000000000001bpk.", "000000000001.bpk.tmp"}) {
        EXPECT_EQ(parse_segment_file_name(name), std::nullopt) << name;
    }
}

}  // namespace
}  // namespace batpak::store::segment_header_test
