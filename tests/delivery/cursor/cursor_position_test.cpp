// Goal:   a position that was kept elsewhere comes back as it was, and no other bytes are taken for
//         one.
// Method: the fields at their bounds; every flipped bit, every length; forged fields under a
//         checksum that holds.
#include "batpak/delivery/cursor.hpp"

#include <gtest/gtest.h>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "support/file_helpers.hpp"

namespace batpak {
namespace {

using testing::code_of;

constexpr std::size_t kBytes = 148;
constexpr std::size_t kBytesOfVersion1 = 124;

CursorPosition sample() {
    CursorPosition position{.begin = Sequence(3), .next = Sequence(9), .matched = 4, .skipped = 1};
    position.log_id.bytes.fill(std::byte{1});
    position.region.bytes.fill(std::byte{2});
    position.digest.bytes.fill(std::byte{3});
    position.anchor = CursorPosition::Anchor{Sequence(8), {}};
    position.anchor->event_id.bytes.fill(std::byte{4});
    return position;
}

void reseal(Bytes& bytes) {
    const MutableBytesView all(bytes);
    const std::size_t end = bytes.size() - 4;
    store_little_endian(all.subspan(end), crc32(all.first(end)));
}

Bytes with_number(std::size_t at, std::uint64_t value, CursorPosition position = sample()) {
    Bytes bytes = position.to_bytes();
    store_little_endian(MutableBytesView(bytes).subspan(at), value);
    reseal(bytes);
    return bytes;
}

TEST(CursorPosition, ComesBackAsItWas) {
    CursorPosition position = sample();
    EXPECT_EQ(position.to_bytes().size(), kBytes);
    EXPECT_EQ(CursorPosition::from_bytes(position.to_bytes()).value(), position);
    position.anchor.reset();
    EXPECT_EQ(CursorPosition::from_bytes(position.to_bytes()).value(), position);
    position = CursorPosition{};
    EXPECT_EQ(CursorPosition::from_bytes(position.to_bytes()).value(), position);
    position.begin = position.next = Sequence(UINT64_MAX);
    position.matched = position.skipped = UINT64_MAX;
    EXPECT_EQ(CursorPosition::from_bytes(position.to_bytes()).value(), position);
}

TEST(CursorPosition, EveryFlippedBitIsNoticed) {
    Bytes bytes = sample().to_bytes();
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        const auto mask = static_cast<std::byte>(1U << (bit % 8));
        bytes[bit / 8] ^= mask;
        EXPECT_EQ(code_of(CursorPosition::from_bytes(bytes)), ErrorCode::DecodeFailed) << bit;
        bytes[bit / 8] ^= mask;
    }
}

TEST(CursorPosition, EveryOtherLengthIsRefused) {
    Bytes bytes = sample().to_bytes();
    bytes.resize(bytes.size() + 8);
    for (std::size_t length = 0; length <= bytes.size(); ++length) {
        const auto found = CursorPosition::from_bytes(BytesView(bytes).first(length));
        EXPECT_EQ(found.has_value(), length == kBytes) << length;
    }
}

TEST(CursorPosition, ReadsVersion1WhichHasNoAnchor) {
    Bytes bytes = sample().to_bytes();
    bytes.resize(kBytesOfVersion1);
    store_little_endian(MutableBytesView(bytes).subspan(4), std::uint32_t{1});
    reseal(bytes);
    CursorPosition expected = sample();
    expected.anchor.reset();
    EXPECT_EQ(CursorPosition::from_bytes(bytes).value(), expected);
    store_little_endian(MutableBytesView(bytes).subspan(4), std::uint32_t{2});
    reseal(bytes);
    EXPECT_EQ(code_of(CursorPosition::from_bytes(bytes)), ErrorCode::DecodeFailed);
}

TEST(CursorPosition, WhatMakesNoSenseIsRefusedThoughItsChecksumHolds) {
    constexpr std::size_t begin_at = 56;
    constexpr std::size_t anchor_at = 120;  // its sequence + 1
    CursorPosition unanchored = sample();
    unanchored.anchor.reset();
    EXPECT_EQ(code_of(CursorPosition::from_bytes(with_number(begin_at, 10, unanchored))),
              ErrorCode::DecodeFailed);  // it begins after its end
    EXPECT_TRUE(CursorPosition::from_bytes(with_number(begin_at, 9, unanchored)));
    EXPECT_EQ(code_of(CursorPosition::from_bytes(with_number(anchor_at, 2))),
              ErrorCode::DecodeFailed);  // before the one in front of the beginning
    EXPECT_EQ(code_of(CursorPosition::from_bytes(with_number(anchor_at, 10))),
              ErrorCode::DecodeFailed);  // not delivered yet
    EXPECT_EQ(CursorPosition::from_bytes(with_number(anchor_at, 3))->anchor->sequence, Sequence(2));
    EXPECT_EQ(CursorPosition::from_bytes(with_number(anchor_at, 9))->anchor->sequence, Sequence(8));
    EXPECT_EQ(code_of(CursorPosition::from_bytes(with_number(0, 0))), ErrorCode::DecodeFailed);
}

}  // namespace
}  // namespace batpak
