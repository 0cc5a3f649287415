#include "store/commit/heads.hpp"

#include <gtest/gtest.h>

#include <map>

#include "support/file_helpers.hpp"

namespace batpak::store {
namespace {

Hash hash_of(unsigned char byte) {
    Hash hash;
    hash.bytes.fill(static_cast<std::byte>(byte));
    return hash;
}

struct HeadsTest : ::testing::Test {
    Result<Head> look_up(std::string_view entity) {
        ++lookups;
        if (failing) return fail(ErrorCode::Io);
        const auto found = log.find(std::string(entity));
        return found == log.end() ? Head{} : found->second;
    }

    Head& head(std::string_view entity) { return *heads.find(entity, key_hash(entity)).value(); }

    std::map<std::string, Head> log = {{"alice", {5, hash_of(5), {}}}};
    int lookups = 0;
    bool failing = false;
    KeyHash key_hash{0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F};
    Heads heads{key_hash, [this](std::string_view entity) { return look_up(entity); }};
};

TEST_F(HeadsTest, AsksTheLogOncePerEntity) {
    EXPECT_EQ(head("alice").count, 5U);
    EXPECT_EQ(head("alice").last_hash, hash_of(5));
    EXPECT_EQ(head("bob").count, 0U);
    EXPECT_TRUE(head("bob").last_hash.is_zero());
    EXPECT_EQ(lookups, 2);
}

TEST_F(HeadsTest, AsksAgainAfterTheLogCouldNotAnswer) {
    failing = true;
    EXPECT_EQ(testing::code_of(heads.find("alice", key_hash("alice"))), ErrorCode::Io);
    failing = false;
    EXPECT_EQ(head("alice").count, 5U);
}

TEST_F(HeadsTest, AdvancesAndTakesBackToAnyPoint) {
    Head& alice = head("alice");
    Head& bob = head("bob");
    heads.advance(alice, hash_of(6));
    heads.advance(bob, hash_of(1));
    heads.advance(alice, hash_of(7));
    EXPECT_EQ(heads.changes(), 3U);
    EXPECT_EQ(head("alice").count, 7U);
    heads.take_back_to(2);
    EXPECT_EQ(alice.count, 6U);
    EXPECT_EQ(alice.last_hash, hash_of(6));
    EXPECT_EQ(bob.count, 1U);
    heads.take_back();
    EXPECT_EQ(alice.count, 5U);
    EXPECT_EQ(alice.last_hash, hash_of(5));
    EXPECT_EQ(bob.count, 0U);
    EXPECT_TRUE(bob.last_hash.is_zero());
    EXPECT_EQ(heads.changes(), 0U);
}

TEST_F(HeadsTest, WhatIsKeptIsNotTakenBack) {
    Head& alice = head("alice");
    heads.advance(alice, hash_of(6));
    heads.keep();
    heads.advance(alice, hash_of(7));
    heads.take_back();
    EXPECT_EQ(alice.count, 6U);
    EXPECT_EQ(alice.last_hash, hash_of(6));
}

TEST_F(HeadsTest, StayWhereTheyAreWhileOthersCome) {
    Head& alice = head("alice");
    for (int i = 0; i < 5000; ++i) (void)head("entity:" + std::to_string(i));
    EXPECT_EQ(&alice, &head("alice"));
}

}  // namespace
}  // namespace batpak::store
