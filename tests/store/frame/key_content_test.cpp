#include "store/frame/key_content.hpp"

#include <gtest/gtest.h>

#include "store/frame/event_shapes.hpp"

namespace batpak::store {
namespace {

EventView stored() {
    EventView event;
    event.entity = "player:alice";
    event.scope = "room";
    event.header.kind = EventKind::custom(1, 7);
    event.header.payload_version = 2;
    event.payload = as_bytes("payload");
    event.position = {Sequence(5), Version(3), Hlc{9, 1}};
    event.header.event_id.bytes[0] = std::byte{1};
    event.hash.bytes[0] = std::byte{2};
    return event;
}

// (INV C2): who, where and what are bound by a key, and nothing else is.
TEST(KeyContent, IsTheSameExactlyIfWhoWhereAndWhatAre) {
    const EventFields asked = fields_of(stored());
    EXPECT_TRUE(is_same_content(asked, fields_of(stored())));
    EventView other = stored();
    other.header.timestamp_us = 77;
    other.header.flags = 256;
    other.header.event_id = {};
    other.metadata_bytes = as_bytes("metadata");
    EXPECT_TRUE(is_same_content(asked, fields_of(other)));
}

TEST(KeyContent, EachPartThatDiffersMakesAnother) {
    const EventFields asked = fields_of(stored());
    EventView other = stored();
    other.entity = "player:bob";
    EXPECT_FALSE(is_same_content(asked, fields_of(other)));
    other = stored();
    other.scope = "hall";
    EXPECT_FALSE(is_same_content(asked, fields_of(other)));
    other = stored();
    other.header.kind = EventKind::custom(1, 8);
    EXPECT_FALSE(is_same_content(asked, fields_of(other)));
    other = stored();
    other.header.payload_version = 3;
    EXPECT_FALSE(is_same_content(asked, fields_of(other)));
    other = stored();
    other.payload = as_bytes("payloaD");
    EXPECT_FALSE(is_same_content(asked, fields_of(other)));
}

TEST(KeyContent, ARetryGetsTheReceiptOfTheFirstTry) {
    EventView event = stored();
    AppendReceipt receipt = replayed_receipt(event);
    EXPECT_EQ(receipt.event_id, event.event_id());
    EXPECT_EQ(receipt.sequence, Sequence(5));
    EXPECT_EQ(receipt.version, Version(3));
    EXPECT_EQ(receipt.hlc, (Hlc{9, 1}));
    EXPECT_EQ(receipt.hash, event.hash);
    EXPECT_EQ(receipt.durability, Durability::Buffered);
    EXPECT_TRUE(receipt.replayed);
    event.durable = true;
    EXPECT_EQ(replayed_receipt(event).durability, Durability::Durable);
}

TEST(KeyContent, AConflictShowsTheKeyAndTheFirstUse) {
    const Error plain = key_conflict("order:17", Sequence(4));
    EXPECT_EQ(plain.code(), ErrorCode::KeyConflict);
    EXPECT_EQ(plain.place(), "order:17");
    EXPECT_EQ(plain.sequence(), Sequence(4));
    EXPECT_EQ(key_conflict("a b", Sequence(4)).place(), "0x612062");
    EXPECT_EQ(key_conflict("\xFF", Sequence(4)).place(), "0xff");
}

TEST(KeyContent, KeysCountForAsLongAsTheRetentionSays) {
    EXPECT_EQ(oldest_key(Sequence(10), 4), Sequence(6));
    EXPECT_EQ(oldest_key(Sequence(10), 10), Sequence(0));
    EXPECT_EQ(oldest_key(Sequence(10), 11), Sequence(0));
    EXPECT_EQ(oldest_key(Sequence(10), 0), Sequence(10));
    EXPECT_EQ(oldest_key(Sequence(0), UINT64_MAX), Sequence(0));
}

}  // namespace
}  // namespace batpak::store
