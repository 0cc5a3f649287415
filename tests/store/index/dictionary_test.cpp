#include "store/index/dictionary.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace batpak::store {
namespace {

const KeyHash kHash(0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F);

TEST(Dictionary, FindsWhatWasAddedAndNothingElse) {
    Arena arena;
    Dictionary<int> dictionary(arena, kHash);
    std::unordered_map<std::string, int> plain;
    std::mt19937_64 random(3);
    for (int i = 0; i < 20'000; ++i) {
        const std::string key = "key " + std::to_string(random() % 10'000);
        const auto [node, is_new] = dictionary.find_or_add(key);
        ASSERT_EQ(is_new, plain.count(key) == 0);
        ASSERT_EQ(node->key, key);
        if (is_new) node->record = i;
        if (is_new) plain[key] = i;
        ASSERT_EQ(dictionary.size(), plain.size());
    }
    for (const auto& [key, record] : plain) {
        const auto* const node = dictionary.find(key);
        ASSERT_NE(node, nullptr);
        ASSERT_EQ(node->record, record);
    }
    for (int i = 10'000; i < 20'000; ++i) {
        ASSERT_EQ(dictionary.find("key " + std::to_string(i)), nullptr);
    }
}

TEST(Dictionary, VisitsTheNewestFirstAndEachOnce) {
    Arena arena;
    Dictionary<int> dictionary(arena, kHash);
    std::vector<std::string> added;
    for (int i = 0; i < 500; ++i) {
        added.push_back(std::to_string(i));
        dictionary.find_or_add(added.back());
        dictionary.find_or_add(added.front());
        std::vector<std::string> visited;
        dictionary.for_each([&](const auto& node) { visited.emplace_back(node.key); });
        ASSERT_EQ(visited, std::vector<std::string>(added.rbegin(), added.rend()));
    }
}

TEST(Dictionary, KeepsItsOwnCopyOfAKey) {
    Arena arena;
    Dictionary<int> dictionary(arena, kHash);
    std::string key = "before";
    dictionary.find_or_add(key);
    key = "behind";
    EXPECT_NE(dictionary.find("before"), nullptr);
    EXPECT_EQ(dictionary.find("behind"), nullptr);
}

TEST(Dictionary, TellsKeysApartByEveryByteAndTheirLength) {
    Arena arena;
    Dictionary<int> dictionary(arena, kHash);
    std::set<std::string> keys;
    for (std::size_t length = 0; length <= 40; ++length) keys.insert(std::string(length, '\0'));
    for (int byte = 0; byte < 256; ++byte) keys.insert(std::string(9, static_cast<char>(byte)));
    for (const std::string& key : keys) EXPECT_TRUE(dictionary.find_or_add(key).is_new);
    for (const std::string& key : keys) EXPECT_FALSE(dictionary.find_or_add(key).is_new);
    EXPECT_EQ(dictionary.size(), keys.size());
}

// Two records of one bucket: the table has 64 slots at first.
TEST(Dictionary, KeepsKeysOfOneBucketApart) {
    Arena arena;
    Dictionary<int> dictionary(arena, kHash);
    std::vector<std::string> together;
    for (int i = 0; together.size() < 20; ++i) {
        std::string key = std::to_string(i);
        if (kHash(key) % 64 == 63) together.push_back(std::move(key));
    }
    for (const std::string& key : together) EXPECT_TRUE(dictionary.find_or_add(key).is_new);
    for (const std::string& key : together) EXPECT_EQ(dictionary.find(key)->key, key);
}

}  // namespace
}  // namespace batpak::store
