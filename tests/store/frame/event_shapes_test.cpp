// Goal:   the shapes of an event say the same, and the two ways to say "none" are told apart.
// Method: each event with and without a story of its own and a cause goes from fields and place to
//         a view and back.
#include "store/frame/event_shapes.hpp"

#include <gtest/gtest.h>

namespace batpak::store::event_shapes_test {
namespace {

EventId id_of(int number) {
    EventId id;
    id.bytes[15] = static_cast<std::byte>(number);
    return id;
}

constexpr EventKind kKind = EventKind::custom(1, 7);

EventFields fields_with(const EventId& correlation_id, const EventId& causation_id) {
    return {.kind = kKind,
            .payload_version = 2,
            .flags = 0x100 | (causation_id.is_nil() ? 0 : kFlagHasCausation),
            .timestamp_us = 77,
            .correlation_id = correlation_id,
            .causation_id = causation_id,
            .entity = "player:alice",
            .scope = "room",
            .metadata = as_bytes("metadata"),
            .payload = as_bytes("payload")};
}

const EventPlace kPlace{.sequence = Sequence(9),
                        .version = Version(3),
                        .hlc = {80, 1},
                        .batch_index = 2,
                        .batch_count = 4,
                        .event_id = id_of(1)};

TEST(EventShapes, AViewNamesItsOwnStoryAndHasNoCause) {
    const EventView view = view_of(fields_with({}, {}), kPlace, Hash{});
    EXPECT_EQ(view.header.correlation_id, id_of(1));
    EXPECT_FALSE(view.header.causation_id.has_value());
    EXPECT_TRUE(fields_of(view).correlation_id.is_nil());
    EXPECT_TRUE(fields_of(view).causation_id.is_nil());
}

TEST(EventShapes, AViewNamesAnothersStoryAndItsCause) {
    const EventView view = view_of(fields_with(id_of(2), id_of(3)), kPlace, Hash{});
    EXPECT_EQ(view.header.correlation_id, id_of(2));
    EXPECT_EQ(view.header.causation_id, id_of(3));
    EXPECT_EQ(fields_of(view).correlation_id, id_of(2));
    EXPECT_EQ(fields_of(view).causation_id, id_of(3));
}

TEST(EventShapes, NothingIsLostOnTheWay) {
    Hash hash;
    hash.bytes[0] = std::byte{5};
    const EventFields fields = fields_with(id_of(2), id_of(3));
    const EventView view = view_of(fields, kPlace, hash);
    EXPECT_EQ(view.hash, hash);
    EXPECT_FALSE(view.durable);
    const EventFields again = fields_of(view);
    EXPECT_EQ(again.kind, fields.kind);
    EXPECT_EQ(again.payload_version, fields.payload_version);
    EXPECT_EQ(again.flags, fields.flags);
    EXPECT_EQ(again.timestamp_us, fields.timestamp_us);
    EXPECT_EQ(again.entity, fields.entity);
    EXPECT_EQ(again.scope, fields.scope);
    EXPECT_TRUE(equal_bytes(again.metadata, fields.metadata));
    EXPECT_TRUE(equal_bytes(again.payload, fields.payload));
    const EventPlace place = place_of(view);
    EXPECT_EQ(place.sequence, kPlace.sequence);
    EXPECT_EQ(place.version, kPlace.version);
    EXPECT_EQ(place.hlc, kPlace.hlc);
    EXPECT_EQ(place.batch_index, kPlace.batch_index);
    EXPECT_EQ(place.batch_count, kPlace.batch_count);
    EXPECT_EQ(place.event_id, kPlace.event_id);
}

}  // namespace
}  // namespace batpak::store::event_shapes_test
