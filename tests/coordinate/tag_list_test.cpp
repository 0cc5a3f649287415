// Goal:   what encode_tags() writes, and nothing else, is a list of tags; and whatever bytes a
//         TagsView is made of, it ends inside of them.
// Method: the borders of every limit; each list cut and flipped at every byte.
#include "coordinate/tag_list.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "batpak/coordinate/tags.hpp"
#include "support/file_helpers.hpp"

namespace batpak {
namespace {

using testing::code_of;
using Tags = std::vector<std::string>;

Bytes encoded(const Tags& given, const Tags& own = {}) {
    Buffer out;
    const auto done = encode_tags(out, given, own);
    EXPECT_TRUE(done) << done.error().to_string();
    return {out.view().begin(), out.view().end()};
}

ErrorCode refusal(const Tags& given, const Tags& own = {}) {
    Buffer out;
    const ErrorCode code = code_of(encode_tags(out, given, own));
    EXPECT_TRUE(out.empty());
    return code;
}

Tags read(BytesView stored) {
    Tags tags;
    for (const std::string_view tag : TagsView(stored)) tags.emplace_back(tag);
    return tags;
}

Tags numbered(int begin, int end) {
    Tags tags;
    for (int i = begin; i < end; ++i) tags.push_back("t:" + std::to_string(i));
    return tags;
}

TEST(TagList, IsSortedAndHasNothingTwice) {
    EXPECT_EQ(to_hex(encoded({"b", "a"})), "92a161a162");
    EXPECT_EQ(to_hex(encoded({"b"}, {"a", "b"})), "92a161a162");
    EXPECT_EQ(to_hex(encoded({"\xFF"})), "91c401ff");
    EXPECT_TRUE(encoded({}).empty());
    EXPECT_EQ(read(encoded({"student:s1"}, {"course:c1"})), (Tags{"course:c1", "student:s1"}));
}

TEST(TagList, HasUpTo32TagsOf1To256Bytes) {
    for (const std::size_t bytes : {1U, 31U, 32U, 255U, 256U}) {
        for (const char byte : {'t', '\xFE'}) {
            const std::string tag(bytes, byte);
            EXPECT_EQ(read(encoded({tag})), Tags{tag}) << bytes;
            EXPECT_EQ(fault_of_tags(encoded({tag})), std::nullopt) << bytes;
        }
    }
    EXPECT_EQ(refusal({std::string(257, 't')}), ErrorCode::InvalidTags);
    EXPECT_EQ(refusal({""}), ErrorCode::InvalidTags);
    for (const int count : {15, 16, 32}) {
        EXPECT_EQ(read(encoded(numbered(0, count))).size(), static_cast<std::size_t>(count));
        EXPECT_EQ(fault_of_tags(encoded(numbered(0, count))), std::nullopt);
    }
    EXPECT_EQ(refusal(numbered(0, 33)), ErrorCode::InvalidTags);
    EXPECT_EQ(refusal({}, numbered(0, 33)), ErrorCode::InvalidTags);
    EXPECT_EQ(refusal(numbered(0, 17), numbered(16, 33)), ErrorCode::InvalidTags);
    EXPECT_EQ(read(encoded(numbered(0, 17), numbered(16, 32))).size(), 32U);
}

TEST(TagList, TakesEveryByteThatANameTakes) {
    for (unsigned byte = 0; byte < 256; ++byte) {
        const std::string tag(1, static_cast<char>(byte));
        if (byte < 0x20 || byte == 0x7F) {
            EXPECT_EQ(refusal({"a" + tag}), ErrorCode::InvalidTags) << byte;
        } else {
            EXPECT_EQ(read(encoded({tag})), Tags{tag}) << byte;
        }
    }
}

TEST(TagList, RefusesWhatIsGivenTwice) {
    EXPECT_EQ(refusal({"a", "b", "a"}), ErrorCode::InvalidTags);
    EXPECT_EQ(refusal({}, {"a", "a"}), ErrorCode::InvalidTags);
}

TEST(TagsView, AnswersWhatIsAmongThem) {
    const Bytes stored = encoded({"a", "b", "d"});
    const TagsView tags(stored);
    EXPECT_EQ(tags.size(), 3U);
    for (const char* tag : {"a", "b", "d"}) EXPECT_TRUE(tags.contains(tag));
    for (const char* tag : {"", "c", "e", "aa"}) EXPECT_FALSE(tags.contains(tag));
    EXPECT_TRUE(tags.contains_all({}));
    EXPECT_TRUE(tags.contains_all(Tags{"a", "d"}));
    EXPECT_TRUE(tags.contains_all(Tags{"d"}));
    EXPECT_FALSE(tags.contains_all(Tags{"a", "c"}));
    EXPECT_FALSE(tags.contains_all(Tags{"a", "b", "d", "e"}));
    EXPECT_TRUE(TagsView().empty());
    EXPECT_FALSE(TagsView().contains("a"));
    EXPECT_FALSE(TagsView().contains_all(Tags{"a"}));
}

TEST(TagsView, EndsInsideOfWhateverBytesItIsMadeOf) {
    const Bytes whole =
        encoded({"a", std::string(31, 'b'), std::string(32, 'c'), std::string(256, 'd'),
                 std::string(40, '\xFE'), std::string(256, '\xFF')});
    const Tags tags = read(whole);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        const Tags front = read(cut);
        ASSERT_LE(front.size(), tags.size());
        EXPECT_TRUE(std::equal(front.begin(), front.end(), tags.begin())) << size;
        EXPECT_NE(fault_of_tags(cut), std::nullopt) << size;
    }
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            Bytes flipped = whole;
            flipped[at] ^= static_cast<std::byte>(1 << bit);
            std::size_t bytes = 0;
            for (const std::string_view tag : TagsView(flipped)) bytes += tag.size();
            EXPECT_LE(bytes, flipped.size());
        }
    }
    EXPECT_NE(fault_of_tags({}), std::nullopt);
}

// As far as an index knows them: neither a tag twice, nor one out of order, nor an empty one.
TEST(TagsView, EndsBeforeATagThatDoesNotGrow) {
    const auto list = [](const Tags& tags) {
        Bytes stored = {std::byte(0x90 + tags.size())};
        for (const std::string& tag : tags) {
            stored.push_back(std::byte(0xA0 + tag.size()));
            for (const char byte : tag) stored.push_back(std::byte(byte));
        }
        return stored;
    };
    EXPECT_EQ(read(list({"a", "b", "c"})), (Tags{"a", "b", "c"}));
    EXPECT_EQ(read(list({"a", "c", "b", "d"})), (Tags{"a", "c"}));
    EXPECT_EQ(read(list({"a", "a", "b"})), Tags{"a"});
    EXPECT_EQ(read(list({"", "a"})), Tags{});
    EXPECT_EQ(read(list({"a", "", "b"})), Tags{"a"});
    const Bytes unsorted = list({"b", "a"});
    EXPECT_TRUE(TagsView(unsorted).contains("b"));
    EXPECT_FALSE(TagsView(unsorted).contains("a"));
}

// What has no fault is what encoding its tags gives.
RC_GTEST_PROP(TagsView, ReadsWhatWasGiven, (const std::set<std::string>& names)) {
    Tags given;
    for (const std::string& name : names) {
        const bool plain = !name.empty() && std::ranges::all_of(name, [](char byte) {
            return static_cast<unsigned char>(byte) >= 0x20 && byte != 0x7F;
        });
        if (plain && given.size() < TagsView::kCountMax) given.push_back(name);
    }
    const Tags sorted = given;
    std::ranges::reverse(given);
    const Bytes stored = encoded(given);
    RC_ASSERT(read(stored) == sorted);
    RC_ASSERT(given.empty() || !fault_of_tags(stored));
}

}  // namespace
}  // namespace batpak
