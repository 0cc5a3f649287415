// Goal:   names that share a bucket of a std::unordered_map with std::hash do not with TextHash.
// Method: names are tried until enough share one remainder by each of two bucket counts.
#include "batpak/base/detail/text_hash.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace batpak {
namespace {

std::vector<std::string> names_of_one_bucket(std::size_t buckets, std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t tried = 0; names.size() < count; ++tried) {
        std::string name = "player:" + std::to_string(tried);
        if (std::hash<std::string>()(name) % buckets == 0) names.push_back(std::move(name));
    }
    return names;
}

TEST(TextHash, SpreadsNamesThatWereChosenToCollide) {
    for (const std::size_t buckets : {std::size_t{1031}, std::size_t{2357}}) {
        std::vector<std::size_t> filled(buckets);
        for (const std::string& name : names_of_one_bucket(buckets, 1000))
            ++filled[TextHash()(name) % buckets];
        EXPECT_LT(*std::ranges::max_element(filled), 12U);
    }
}

TEST(TextHash, IsOneForTheProcessAndForEveryWayToHoldAText) {
    EXPECT_EQ(TextHash()("alice"), TextHash()(std::string("alice")));
    EXPECT_NE(TextHash()("alice"), TextHash()("alicf"));
    EXPECT_NE(TextHash()(""), TextHash()(std::string_view("\0", 1)));
    std::unordered_map<std::string, int, TextHash, std::equal_to<>> ages{{"alice", 7}};
    EXPECT_EQ(ages.find(std::string_view("alice"))->second, 7);
}

}  // namespace
}  // namespace batpak
