#include "store/salvage/header_repair.hpp"

#include <gtest/gtest.h>

#include "batpak/testing/environment.hpp"

namespace batpak::store {
namespace {

SegmentHeader any_header() {
    testing::SeededEntropy entropy(3);
    SegmentHeader header{.segment_id = 7, .first = Sequence(812), .era = 1, .has_hashes = true};
    entropy.fill(header.log_id.bytes);
    entropy.fill(header.salt);
    return header;
}

TEST(HeaderRepair, FindsEachWrongByte) {
    const SegmentHeader header = any_header();
    for (std::size_t at = 0; at < SegmentHeader::kBytes; ++at) {
        for (const unsigned change : {1U, 0x80U, 0xFFU}) {
            auto bytes = header.encode();
            bytes[at] ^= static_cast<std::byte>(change);
            EXPECT_EQ(repaired_header(bytes), header) << at;
        }
    }
}

TEST(HeaderRepair, GuessesAtNoTwo) {
    const SegmentHeader header = any_header();
    for (std::size_t at = 0; at + 1 < SegmentHeader::kBytes; ++at) {
        auto bytes = header.encode();
        bytes[at] ^= std::byte{0x5A};
        bytes[at + 1] ^= std::byte{0xA5};
        EXPECT_FALSE(repaired_header(bytes)) << at;
    }
    const std::array<std::byte, SegmentHeader::kBytes> zeros{};
    EXPECT_FALSE(repaired_header(zeros));
}

}  // namespace
}  // namespace batpak::store
