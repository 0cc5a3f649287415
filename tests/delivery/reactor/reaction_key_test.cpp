#include "delivery/reactor/reaction_key.hpp"

#include <gtest/gtest.h>

#include <set>

#include "batpak/delivery/reactor.hpp"
#include "batpak/event/detail/limits.hpp"

namespace batpak::delivery {
namespace {

TEST(ReactionKey, SaysWhatItIsAReactionTo) {
    const ReactionKey key{.depth = 2, .source = Sequence(17), .reactor = "billing"};
    EXPECT_EQ(key.prefix(), "batpak:reaction:2:17:billing:");
    const std::string text = key.prefix() + "3";
    const auto parsed = ReactionKey::parse(text);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->depth, 2U);
    EXPECT_EQ(parsed->source, Sequence(17));
    EXPECT_EQ(parsed->reactor, "billing");
}

TEST(ReactionKey, AReactorsIdMayHoldAnything) {
    for (const std::string_view id : {":", "a:b:c", "1:2:3:", "\xFF"}) {
        const std::string text = ReactionKey{.reactor = id}.prefix() + "0";
        EXPECT_EQ(ReactionKey::parse(text)->reactor, id);
    }
}

TEST(ReactionKey, TheLongestFitsAnIdempotencyKey) {
    const std::string id(ReactorId::kBytesMax, 'r');
    const ReactionKey key{.depth = UINT32_MAX, .source = Sequence(UINT64_MAX), .reactor = id};
    const std::string text = key.prefix() + std::to_string(UINT32_MAX);
    EXPECT_LE(text.size(), limits::kIdempotencyKeyBytesMax);
    EXPECT_EQ(ReactionKey::parse(text)->source, key.source);
    EXPECT_LE(position_key(id, Hash{}).size(), limits::kIdempotencyKeyBytesMax);
}

TEST(ReactionKey, OtherKeysAreNoReactions) {
    for (const std::string_view key :
         {"", "order:17", "batpak:reaction:", "batpak:reaction:1", "batpak:reaction:1:2",
          "batpak:reaction:x:2:r:0", "batpak:reaction:1::r:0", "batpak:reaction:1:2:r",
          "batpak:reaction:-1:2:r:0", "batpak:reaction:1:99999999999999999999:r:0",
          "batpak:position:r"}) {
        EXPECT_FALSE(ReactionKey::parse(key)) << key;
    }
}

TEST(ReactionKey, APositionHasAKeyOfItsOwn) {
    Hash other;
    other.bytes[0] = std::byte{1};
    const std::set<std::string> keys{position_key("a", Hash{}), position_key("b", Hash{}),
                                     position_key("a", other)};
    EXPECT_EQ(keys.size(), 3U);
    for (const std::string& key : keys) EXPECT_FALSE(ReactionKey::parse(key)) << key;
}

}  // namespace
}  // namespace batpak::delivery
