#include "batpak/coordinate/coordinate.hpp"

#include <gtest/gtest.h>

#include <unordered_set>

namespace batpak {
namespace {

TEST(Coordinate, HoldsWhatItWasMadeOf) {
    const auto coordinate = Coordinate::create("player:alice", "room:dungeon");
    ASSERT_TRUE(coordinate);
    EXPECT_EQ(coordinate->entity(), "player:alice");
    EXPECT_EQ(coordinate->scope(), "room:dungeon");
    EXPECT_EQ(to_string(*coordinate), "player:alice@room:dungeon");
}

TEST(Coordinate, LimitsEachPartAtBothEnds) {
    for (std::size_t length : {0U, 1U, 1023U, 1024U, 1025U}) {
        const std::string part(length, 'x');
        const bool legal = length >= 1 && length <= Coordinate::kPartBytesMax;
        EXPECT_EQ(Coordinate::create(part, "scope").has_value(), legal) << length;
        EXPECT_EQ(Coordinate::create("entity", part).has_value(), legal) << length;
        EXPECT_EQ(Coordinate::from_stored(part, "scope").has_value(), legal) << length;
    }
}

TEST(Coordinate, RefusesExactlyTheControlBytes) {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string part(1, static_cast<char>(byte));
        const bool legal = byte >= 0x20 && byte != 0x7F;
        EXPECT_EQ(Coordinate::create(part, "scope").has_value(), legal) << byte;
        EXPECT_EQ(Coordinate::create("entity", part).has_value(), legal) << byte;
        EXPECT_TRUE(Coordinate::from_stored(part, part)) << byte;
    }
}

TEST(Coordinate, NamesTheErrorByCode) {
    const auto refused = Coordinate::create("", "");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::InvalidCoordinate);
    EXPECT_EQ(refused.error().error_class(), ErrorClass::Invalid);
}

TEST(Coordinate, OrdersByEntityThenScope) {
    const auto a = Coordinate::create("a", "z").value();
    const auto b = Coordinate::create("b", "a").value();
    const auto c = Coordinate::create("b", "b").value();
    EXPECT_LT(a, b);
    EXPECT_LT(b, c);
    EXPECT_EQ(b, b);
}

TEST(Coordinate, IsAKeyOfHashTablesByBothOfItsParts) {
    std::unordered_set<Coordinate> places;
    std::unordered_set<std::size_t> hashes;
    for (const char* const entity : {"a", "b", "ab", "aa"}) {
        for (const char* const scope : {"a", "b", "ab", "aa"}) {
            const Coordinate place = Coordinate::create(entity, scope).value();
            EXPECT_TRUE(places.insert(place).second);
            EXPECT_FALSE(places.insert(place).second);
            hashes.insert(std::hash<Coordinate>()(place));
        }
    }
    EXPECT_EQ(hashes.size(), 16U);
}

}  // namespace
}  // namespace batpak
