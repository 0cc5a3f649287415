// Goal:   two regions, and two histories of deliveries, have two digests, with hashes and without.
// Method: digests of small differences; an event whose every part that is covered is changed.
#include "delivery/cursor/digest.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "batpak/event/hash_chain.hpp"

namespace batpak::delivery {
namespace {

EventView event_of(std::uint64_t sequence, std::uint8_t hash) {
    EventView event;
    event.position.sequence = Sequence(sequence);
    event.header.event_id.bytes.fill(static_cast<std::byte>(sequence + 1));
    event.hash.bytes.fill(std::byte{hash});
    return event;
}

struct DigestTest : ::testing::TestWithParam<bool> {
    const Digest digest{GetParam()};
};
// Twice without, where this batpak has no BLAKE3.
INSTANTIATE_TEST_SUITE_P(Stores, DigestTest, ::testing::Values(false, hashing_built_in()));

TEST_P(DigestTest, IsOfTheRegionAndOfWhoseEventsCount) {
    const Region region = Region::entity("player:alice");
    const Hash with_own = digest.of_region(region, OwnEvents::Include);
    EXPECT_EQ(digest.of_region(Region::entity("player:alice"), OwnEvents::Include), with_own);
    EXPECT_NE(digest.of_region(region, OwnEvents::LeaveOut), with_own);
    EXPECT_NE(digest.of_region(Region::entity("player:bob"), OwnEvents::Include), with_own);
    EXPECT_NE(digest.of_region(Region::scope("player:alice"), OwnEvents::Include), with_own);
}

TEST_P(DigestTest, GrowsWithEachEventInOrder) {
    const EventView first = event_of(4, 1);
    const EventView second = event_of(5, 2);
    const Hash one = digest.extended(Hash{}, first);
    EXPECT_NE(one, Hash{});
    EXPECT_EQ(digest.extended(Hash{}, first), one);
    EXPECT_NE(digest.extended(one, second), digest.extended(digest.extended({}, second), first));
    EXPECT_NE(digest.extended(one, second), digest.extended(Hash{}, second));
}

TEST_P(DigestTest, AnotherEventInTheSamePlaceShows) {
    EventView other = event_of(4, 2);
    other.header.event_id.bytes.back() = std::byte{0};
    EXPECT_NE(digest.extended(Hash{}, other), digest.extended(Hash{}, event_of(4, 1)));
}

TEST_P(DigestTest, WhatWasPassedOverIsNotWhatWasDelivered) {
    const Hash skipped = digest.extended_by_skip(Hash{}, Sequence(4));
    EXPECT_NE(skipped, Hash{});
    EXPECT_NE(skipped, digest.extended_by_skip(Hash{}, Sequence(5)));
    EXPECT_NE(skipped, digest.extended(Hash{}, event_of(4, 1)));
}

// (INV H2): the event's hash covers its content as it is stored, and nothing else is looked at.
TEST(Digest, WithHashesTheEventsHashIsAllThatCounts) {
    if (!hashing_built_in()) return;
    const Digest digest(true);
    EventView decoded = event_of(4, 1);
    decoded.entity = "as some reader decoded it";
    EXPECT_EQ(digest.extended(Hash{}, decoded), digest.extended(Hash{}, event_of(4, 1)));
}

}  // namespace
}  // namespace batpak::delivery
