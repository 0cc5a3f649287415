// Goal:   a kept state comes back as it was, of exactly the projection that it is of, and no other
//         bytes are taken for one (INV P3).
// Method: every flipped bit and every length; an identity that clashes; forged lengths under a
//         checksum that holds.
#include "projection/state_record.hpp"

#include <gtest/gtest.h>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "support/file_helpers.hpp"

namespace batpak::projection {
namespace {

using testing::code_of;

constexpr std::string_view kIdentity = "which projection of what";

StateRecord sample() {
    StateRecord record;
    record.anchor.log_id.bytes.fill(std::byte{1});
    record.anchor.last = Sequence(7);
    record.anchor.event_id.bytes.fill(std::byte{2});
    record.anchor.event_hash.bytes.fill(std::byte{3});
    record.current_us = -5;
    record.events = 9;
    record.state = Bytes(30, std::byte{4});
    return record;
}

Bytes encoded(const StateRecord& record) {
    Buffer buffer;
    buffer.append(as_bytes("before"));
    record.encode(kIdentity, buffer);
    const BytesView bytes = buffer.view().subspan(6);
    return {bytes.begin(), bytes.end()};
}

TEST(StateRecord, ComesBackAsItWas) {
    const StateRecord record = sample();
    const StateRecord back = StateRecord::decode(encoded(record), kIdentity).value();
    EXPECT_EQ(back.anchor, record.anchor);
    EXPECT_EQ(back.current_us, -5);
    EXPECT_EQ(back.events, 9U);
    EXPECT_EQ(back.state, record.state);
    StateRecord empty = sample();
    empty.state.clear();
    EXPECT_TRUE(StateRecord::decode(encoded(empty), kIdentity)->state.empty());
}

// As version 1 for as long as there is nothing to say.
TEST(StateRecord, KeepsWhichErasuresItKnows) {
    StateRecord record = sample();
    const Bytes without = encoded(record);
    record.erasures_end = Sequence(77);
    const Bytes with = encoded(record);
    EXPECT_EQ(with.size(), without.size() + StateRecord::kErasuresBytes);
    EXPECT_EQ(StateRecord::decode(with, kIdentity)->erasures_end, Sequence(77));
    EXPECT_EQ(StateRecord::decode(with, kIdentity)->state, record.state);
    EXPECT_EQ(StateRecord::decode(without, kIdentity)->erasures_end, Sequence(0));
    for (std::size_t bytes = 0; bytes < with.size(); ++bytes) {
        EXPECT_FALSE(StateRecord::decode(BytesView(with).first(bytes), kIdentity)) << bytes;
    }
}

TEST(StateRecord, IsRefusedAsThatOfAnotherProjection) {
    const Bytes bytes = encoded(sample());
    for (const std::string_view other : {"", "which projection of wha", "Which projection of what"})
        EXPECT_EQ(code_of(StateRecord::decode(bytes, other)), ErrorCode::CorruptCache) << other;
}

TEST(StateRecord, EveryFlippedBitIsNoticed) {
    Bytes bytes = encoded(sample());
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        const auto mask = static_cast<std::byte>(1U << (bit % 8));
        bytes[bit / 8] ^= mask;
        EXPECT_FALSE(StateRecord::decode(bytes, kIdentity)) << bit;
        bytes[bit / 8] ^= mask;
    }
}

TEST(StateRecord, EveryCutIsNoticed) {
    const Bytes bytes = encoded(sample());
    for (std::size_t length = 0; length < bytes.size(); ++length)
        EXPECT_FALSE(StateRecord::decode(BytesView(bytes).first(length), kIdentity)) << length;
}

TEST(StateRecord, ALengthIsBelievedOnlyAsFarAsTheBytesGo) {
    Bytes bytes = encoded(sample());
    const MutableBytesView all(bytes);
    store_little_endian(all.subspan(12), std::uint32_t{UINT32_MAX});
    store_little_endian(all.subspan(8), crc32(all.subspan(12)));
    EXPECT_EQ(code_of(StateRecord::decode(bytes, kIdentity)), ErrorCode::CorruptCache);
}

TEST(StateRecord, AnotherVersionIsOfTheFuture) {
    Bytes bytes = encoded(sample());
    bytes[4] = std::byte{3};
    EXPECT_EQ(code_of(StateRecord::decode(bytes, kIdentity)), ErrorCode::FutureFormat);
}

}  // namespace
}  // namespace batpak::projection
